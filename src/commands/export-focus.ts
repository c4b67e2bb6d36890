import { exactUsd } from '../columns.ts'
import { type BilledGroup, billedGroups, type TokenPart, tokenParts } from '../queries/sums/billed-parts.ts'
import type { Database } from '../store/database.ts'
import type { CommandInput } from './command-line/command.ts'
import { csvLine } from './formats/table/csv.ts'

/** A line of the data set: tokens of one part, or something else that is billed. */
interface Charge {
  readonly group: BilledGroup
  /** The part of `cost_parts` whose tokens these are; null for what is counted otherwise. */
  readonly part: TokenPart | null
  readonly what: string
  readonly unit: string
  readonly quantity: bigint
  readonly nano: bigint
}

/** Writes what was used as a data set of FOCUS 1.2 (CSV): a row a day, model and kind of tokens. */
export async function exportFocus(
  { write, terminal }: Pick<CommandInput, 'write' | 'terminal'>,
  database: Database,
  period: { readonly sinceMs: number; readonly untilMs: number },
): Promise<void> {
  write(csvLine(columns.map(([name]) => name)))
  for await (const groups of billedGroups(database, period)) {
    if (terminal.closed.aborted) return
    const charges = groups.flatMap(chargesOf)
    write(charges.map((charge) => csvLine(columns.map(([, value]) => value(charge) ?? ''))).join(''))
    await terminal.drained()
  }
}

function chargesOf(group: BilledGroup): Charge[] {
  const tokens = tokenParts.map((part) => ({
    part,
    quantity: BigInt(group[part].quantity),
    nano: BigInt(group[part].cost),
  }))
  const whole = shared(
    BigInt(group.whole),
    tokens.map(({ quantity }) => quantity),
  )
  const rest = whole === null ? BigInt(group.whole) : 0n
  const charges: Charge[] = [
    ...tokens.map(({ part, quantity, nano }, i) => ({
      group,
      part,
      what: `${words[part]} tokens`,
      unit: 'Tokens',
      quantity,
      nano: nano + (whole?.[i] ?? 0n),
    })),
    charge(group, 'web searches', 'Searches', BigInt(group.webSearches), BigInt(group.costOfSearches)),
    charge(group, 'requests', 'Requests', BigInt(group.calls), BigInt(group.costOfRequests)),
    charge(group, 'calls', 'Requests', BigInt(group.calls), rest),
  ]
  return charges.filter(({ part, quantity, nano }) => nano !== 0n || (part !== null && quantity !== 0n))
}

function charge(group: BilledGroup, what: string, unit: string, quantity: bigint, nano: bigint): Charge {
  return { group, part: null, what, unit, quantity, nano }
}

/** Shares a cost that was stated as a whole among the kinds of its tokens, to the nano-dollar; null where there are none. */
function shared(nano: bigint, quantities: readonly bigint[]): bigint[] | null {
  const all = quantities.reduce((sum, quantity) => sum + quantity, 0n)
  if (all <= 0n) return null
  const shares = quantities.map((quantity) => (nano * quantity) / all)
  const greatest = quantities.reduce((best, quantity, i) => (quantity > quantities[best]! ? i : best), 0)
  const given = shares.reduce((sum, share) => sum + share, 0n)
  return shares.map((share, i) => (i === greatest ? share + nano - given : share))
}

/** How meters call the parts. `reconcile --format focus` reads them. */
const words: Readonly<Record<TokenPart, string>> = {
  input: 'input',
  cache_read: 'cached input',
  cache_write: 'cache write',
  cache_write_1h: 'cache write 1h',
  audio_input: 'audio input',
  image_input: 'image input',
  output: 'output',
  reasoning: 'reasoning output',
  audio_output: 'audio output',
  image_output: 'image output',
}

function midnight(day: string, daysLater: number): string {
  return new Date(Date.parse(day) + daysLater * 86_400_000).toISOString().replace('.000Z', 'Z')
}

/** The first instant of the month of a day, or of a later one. */
function month(day: string, later: 0 | 1): string {
  const date = new Date(day)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)).toISOString().replace('.000Z', 'Z')
}

const digits = 18n

/** Dollars for one unit, exact to 18 digits; null where nothing is counted. */
function unitPrice({ nano, quantity }: Charge): string | null {
  if (quantity <= 0n) return null
  const scaled = (nano * 10n ** (digits - 9n)) / quantity
  const text = scaled.toString().padStart(Number(digits) + 1, '0')
  return `${text.slice(0, -Number(digits))}.${text.slice(-Number(digits))}`
}

const dollars = ({ nano }: Charge) => exactUsd(nano)
const skuOf = ({ group, part, what }: Charge) => `${group.model}/${part ?? what}`

/**
 * The columns, in the order of the specification's names: all that FOCUS 1.2 requires, then our own. Spans state neither
 * the billing account nor the region, so the account is named after the provider; nothing is known of discounts, so all
 * costs are those at the prices of the ledger.
 */
const columns: readonly (readonly [name: string, value: (charge: Charge) => string | null])[] = [
  ['BilledCost', dollars],
  ['BillingAccountId', ({ group }) => group.provider],
  ['BillingAccountName', ({ group }) => group.provider],
  ['BillingAccountType', () => 'Provider'],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ group }) => month(group.day, 1)],
  ['BillingPeriodStart', ({ group }) => month(group.day, 0)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ group, what }) => `${group.model} ${what}`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ group }) => midnight(group.day, 1)],
  ['ChargePeriodStart', ({ group }) => midnight(group.day, 0)],
  ['ConsumedQuantity', ({ quantity }) => String(quantity)],
  ['ConsumedUnit', ({ unit }) => unit],
  ['ContractedCost', dollars],
  ['ContractedUnitPrice', unitPrice],
  ['EffectiveCost', dollars],
  ['InvoiceId', () => null],
  ['InvoiceIssuerName', ({ group }) => group.provider],
  ['ListCost', dollars],
  ['ListUnitPrice', unitPrice],
  ['PricingCategory', () => 'Standard'],
  ['PricingCurrency', () => 'USD'],
  ['PricingQuantity', ({ quantity }) => String(quantity)],
  ['PricingUnit', ({ unit }) => unit],
  ['ProviderName', ({ group }) => group.provider],
  ['PublisherName', ({ group }) => group.provider],
  ['RegionId', () => null],
  ['RegionName', () => null],
  ['ResourceId', () => null],
  ['ResourceName', () => null],
  ['ResourceType', () => null],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ group }) => group.provider],
  ['ServiceSubcategory', () => 'Generative AI'],
  ['SkuId', skuOf],
  ['SkuMeter', ({ what }) => what],
  ['SkuPriceDetails', () => null],
  ['SkuPriceId', (one) => `${skuOf(one)}/${one.group.tier ?? 'default'}`],
  ['SubAccountId', ({ group }) => group.project],
  ['SubAccountName', ({ group }) => group.project],
  ['SubAccountType', ({ group }) => (group.project === null ? null : 'Project')],
  ['Tags', ({ group }) => JSON.stringify(group.tenant === null ? {} : { tenant_id: group.tenant })],
  ['x_api_key_id', ({ group }) => group.key],
  ['x_model', ({ group }) => group.model],
  ['x_price_source', ({ group }) => group.source],
  ['x_service_tier', ({ group }) => group.tier],
  ['x_token_type', ({ part }) => part],
]
