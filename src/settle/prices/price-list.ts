import type { calcPrice } from '@pydantic/genai-prices'
import { millisecondsOf } from '../../columns.ts'
import type { CostPart, PriceStep, Rates } from './call-cost.ts'
import { bedrockModel, listProvider, providerName } from './sellers.ts'

/** The version of `@pydantic/genai-prices` that is used, and the day on which it was published. */
export const priceListVersion = { version: '0.1.8', date: '2026-09-23' } as const

/** The public, dated list of prices. The doors bring it: an app loads it only when it has something to price. */
export type PriceList = typeof calcPrice

/** A model at a time, with the stated provider. */
export interface ListedModel {
  readonly provider: string | null
  readonly model: string
  readonly endNs: bigint
}

/** The rates of a model at a time, and who sells it (`gen_ai.provider.name`). `isHourly`: they change within the day. */
export interface ListEntry {
  readonly provider: string
  readonly rates: Rates
  readonly isHourly: boolean
}

// models that run on the sender's own machines: the same name in the list is a paid offer
const selfHosted = /^(ollama|vllm|llama\.?cpp|lm_?studio|local|localai)$/

/**
 * Looks a model up: with the seller that its id names, with the stated provider, with the one before the model's name
 * (`openai/gpt-4o`), then by the model alone, because the stated provider is often only a framework or an API of the same
 * shape (trap 30). Returns null where the list has no price by the token.
 */
export function lookUpPrice(list: PriceList, { provider, model, endNs }: ListedModel): ListEntry | null {
  if (provider !== null && selfHosted.test(provider)) return null
  const slash = model.indexOf('/')
  const prefix = slash > 0 ? model.slice(0, slash) : null
  const bare = slash > 0 ? model.slice(model.lastIndexOf('/') + 1) : model
  const seller = provider === null ? null : listProvider(provider)
  const ofBedrock = bedrockModel(model)
  const tries: readonly (readonly [string | null, string])[] = [
    ...(ofBedrock === null ? [] : [['aws', ofBedrock] as const]),
    [seller, model],
    [prefix, bare],
    [seller, bare],
    [null, bare],
  ]
  const timestamp = new Date(millisecondsOf(endNs))
  for (const [providerId, name] of tries) {
    const found = ask(list, name, providerId === null ? { timestamp } : { timestamp, providerId })
    if (found !== null) return found
  }
  return null
}

type ListOptions = NonNullable<Parameters<PriceList>[2]>
type Calculation = NonNullable<ReturnType<PriceList>>
type ListPrice = Calculation['model_price'][string]

function ask(list: PriceList, model: string, options: ListOptions): ListEntry | null {
  const found = calculate(list, model, options)
  if (found === null) return null
  const { model_price: price, provider } = found
  if (price.input_mtok === undefined && price.output_mtok === undefined) return null
  const dated = found.model.prices
  const isHourly = Array.isArray(dated) && dated.some(({ constraint }) => constraint?.type === 'time_of_date')
  return { provider: providerName(provider.id), rates: ratesIn(price), isHourly }
}

function calculate(list: PriceList, model: string, options: ListOptions): Calculation | null {
  try {
    return list({ input_tokens: 0, output_tokens: 0 }, model, options)
  } catch {
    // the list can't price such a model by tokens: that is what "unpriced" means
    return null
  }
}

/** The list's name of each part's price, and how many units it is for. */
const priceKeys: { readonly [Part in CostPart]: readonly [key: string, units: number] } = {
  input: ['input_mtok', 1e6],
  cache_read: ['cache_read_mtok', 1e6],
  cache_write: ['cache_write_mtok', 1e6],
  cache_write_1h: ['cache_write_1h_mtok', 1e6],
  audio_input: ['input_audio_mtok', 1e6],
  image_input: ['input_image_mtok', 1e6],
  output: ['output_mtok', 1e6],
  reasoning: ['output_reasoning_mtok', 1e6],
  audio_output: ['output_audio_mtok', 1e6],
  image_output: ['output_image_mtok', 1e6],
  web_search: ['web_searches_kcount', 1e3],
  request: ['requests_kcount', 1e3],
}

function ratesIn(price: Calculation['model_price']): Rates {
  const parts = Object.entries(priceKeys) as [CostPart, (typeof priceKeys)[CostPart]][]
  const rates: Rates = Object.fromEntries(
    parts.flatMap(([part, [key, units]]) => (price[key] === undefined ? [] : [[part, stepsOf(price[key], units)]])),
  )
  return withHourWrites(rates)
}

/**
 * Adds the price of cache writes that live an hour where a seller of Anthropic's models lists that of five minutes alone:
 * the two are 1.25 and 2 times that of input (Anthropic's "Prompt caching", the same at Bedrock and Vertex).
 */
function withHourWrites(rates: Rates): Rates {
  const { input = [], cache_write: written = [], cache_write_1h: hour } = rates
  const isFiveMinutes = written.length > 0 && written.every(({ rate }, i) => rate * 4n === (input[i]?.rate ?? 0n) * 5n)
  if (hour !== undefined || !isFiveMinutes) return rates
  return { ...rates, cache_write_1h: input.map(({ above, rate }) => ({ above, rate: 2n * rate })) }
}

/** The steps of a price in dollars for so many units. */
export function stepsOf(price: NonNullable<ListPrice>, units: number): readonly PriceStep[] {
  const rate = (dollars: number) => BigInt(Math.round(dollars * 1e9)) * BigInt(1e6 / units)
  if (typeof price === 'number') return [{ above: 0, rate: rate(price) }]
  const higher = price.tiers.map(({ start, price: dearer }) => ({ above: start, rate: rate(dearer) }))
  return [{ above: 0, rate: rate(price.base) }, ...higher.sort((a, b) => a.above - b.above)]
}
