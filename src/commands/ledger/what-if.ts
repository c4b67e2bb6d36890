import { calcPrice } from '@pydantic/genai-prices'
import { Misconfigured } from '../../errors.ts'
import { type SupposedCost, type Supposition, supposeCosts } from '../../operations/what-if.ts'
import { countStatedCalls } from '../../queries/sums/priced-calls.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { countText } from '../formats/table/human-texts.ts'
import { comparedCosts } from '../formats/table/money-columns.ts'
import { periodOption, periodText } from '../formats/table/period.ts'
import { printTable } from '../formats/table/print-table.ts'

/** Shows what the calls of a time would have cost with another model, tier or without a cache. Changes nothing. */
export async function run(input: CommandInput): Promise<undefined> {
  const supposition = suppositionOf(input)
  const period = periodOption(input, '7d')
  const { price } = createPrices(calcPrice, input.config.prices)
  await using database = await openForReading(input, tenantOption(input))
  const costs = await supposeCosts({ database, price }, period, supposition)
  const stated = await countStatedCalls(database, period)
  printTable(input, {
    columns,
    rows: costs,
    title: `Calls that ended ${periodText(period)}, ${textOf(supposition)}, at API prices`,
    total: totalOf(costs),
    notes: [...notesOf(costs, supposition, database.description), ...statedText(stated)],
  })
}

function suppositionOf({ options, switches }: CommandInput): Supposition {
  const tier = options.get('tier')?.[0] ?? null
  const models = new Map(
    (options.get('model') ?? []).map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1 || at === pair.length - 1)
        throw new Misconfigured(`--model can't be ${pair}: it takes pairs, as gpt-4o=gpt-4o-mini.`)
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    }),
  )
  const noCache = switches.has('no-cache')
  if (models.size === 0 && tier === null && !noCache)
    throw new Misconfigured('say what would have been otherwise: --model A=B, --tier batch or --no-cache.')
  return { models, tier, noCache }
}

function textOf({ models, tier, noCache }: Supposition): string {
  return [
    ...[...models].map(([model, instead]) => `${instead} in place of ${model}`),
    ...(tier === null ? [] : [`in the tier ${tier}`]),
    ...(noCache ? ['without a cache'] : []),
  ].join(', ')
}

function notesOf(costs: readonly SupposedCost[], { models, tier }: Supposition, source: string): string[] {
  if (costs.length === 0) return [`No call with a price ended in that time in ${source}.`]
  const unpriced = costs.filter((one) => one.unpriced > 0)
  const known = new Set(costs.map(({ model }) => model))
  const missing = [...models.keys()].filter(
    (model) => !known.has(model) && !costs.some(({ instead }) => instead === models.get(model)),
  )
  return [
    ...missing.map((model) => `No call of that time was of ${model}.`),
    ...unpriced.map(
      (one) => `Not in these costs: ${one.unpriced} calls of ${one.instead}, for which no price is known.`,
    ),
    ...(models.size > 0 ? ['With the same tokens: another model counts the same text as more or fewer.'] : []),
    ...(tier === 'batch' ? ['A batch answers within a day, and not every call can wait.'] : []),
  ]
}

function statedText(calls: number): string[] {
  if (calls === 0) return []
  return [`Left out: ${calls} ${calls === 1 ? 'call' : 'calls'} whose cost the sender states, which no price makes.`]
}

function totalOf(costs: readonly SupposedCost[]): SupposedCost {
  const sum = (value: (cost: SupposedCost) => number) => costs.reduce((all, one) => all + value(one), 0)
  const money = (value: (cost: SupposedCost) => bigint) => costs.reduce((all, one) => all + value(one), 0n)
  return {
    model: 'total',
    instead: '',
    calls: sum(({ calls }) => calls),
    tokens: sum(({ tokens }) => tokens),
    costNano: money(({ costNano }) => costNano),
    supposedNano: money(({ supposedNano }) => supposedNano),
    unpriced: sum(({ unpriced }) => unpriced),
  }
}

const columns: readonly Column<SupposedCost>[] = [
  { name: 'model', head: 'MODEL', least: 12, value: ({ model }) => model },
  {
    name: 'instead',
    head: 'INSTEAD',
    least: 12,
    value: ({ instead }) => instead,
    text: ({ model, instead }) => (instead === model ? '' : instead),
  },
  { name: 'calls', head: 'CALLS', align: 'right', value: ({ calls }) => calls, text: ({ calls }) => countText(calls) },
  {
    name: 'total_tokens',
    head: 'TOKENS',
    align: 'right',
    value: ({ tokens }) => tokens,
    text: ({ tokens }) => countText(tokens),
  },
  ...comparedCosts<SupposedCost>({ before: ['cost_usd', 'COST'], after: ['what_if_cost_usd', 'WHAT IF'] }, (line) => ({
    before: line.costNano,
    after: line.supposedNano,
  })),
  { name: 'unpriced_calls', value: ({ unpriced }) => unpriced },
]
