import { Misconfigured } from '../../errors.ts'
import { type CostDimension, costDimensions } from '../../queries/sums/cost-dimensions.ts'
import { type CostReport, type CostSums, readCosts, readUncountedCalls } from '../../queries/sums/costs.ts'
import type { CostGap } from '../../settle/share/cost-gaps.ts'
import type { CommandInput } from '../command-line/command.ts'
import { numberOption } from '../command-line/number-option.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { costGapsText } from '../formats/cost-gaps.ts'
import { type Period, periodOption, periodText, previousPeriod } from '../formats/table/period.ts'
import { isForPeople, printTable } from '../formats/table/print-table.ts'
import { addDays } from '../formats/table/time-zone.ts'
import { type CostLine, costColumns } from './cost-columns.ts'

const usualPeriod = '7d'
const usualLimit = 30
const mostListed = 1_000_000

/** Shows what models, users, days and others cost, with bars, shares and what is missing in the sums. */
export async function run(input: CommandInput): Promise<undefined> {
  const by = dimensionOption(input)
  const period = periodOption(input, usualPeriod)
  const limit = numberOption(input, 'limit', isForPeople(input) ? usualLimit : mostListed, mostListed)
  await using database = await openForReading(input, tenantOption(input))
  const [report, uncounted] = await Promise.all([readCosts(database, by, period), readUncountedCalls(database, period)])
  const earlier = input.switches.has('compare') ? previousPeriod(period) : null
  const before = earlier && costsBefore(by, await readCosts(database, by, earlier), period)
  const lines = linesOf(report, before)
  const rest = lines.slice(limit)
  printTable(input, {
    columns: costColumns({ by, of: report.of, isCompared: before !== null }),
    rows: rest.length === 0 ? lines : [...lines.slice(0, limit), sumOf(rest, `${rest.length} others`)],
    title: titleOf(by, report, period, earlier),
    total: sumOf(lines, 'total'),
    notes: notesOf(report, uncounted, {
      isEmpty: lines.length === 0,
      isRead: isForPeople(input),
      source: database.description,
    }),
  })
}

function dimensionOption({ options }: CommandInput): CostDimension {
  const by = options.get('by')?.[0] ?? 'model'
  const found = costDimensions.find((one) => one === by)
  if (found === undefined) throw new Misconfigured(`--by can't be ${by}: it takes ${costDimensions.join(', ')}.`)
  return found
}

function titleOf(by: CostDimension, { of }: CostReport, period: Period, previous: Period | null): string {
  const what = of === 'runs' ? 'runs that started' : 'calls that ended'
  const against = previous === null ? '' : `, against ${periodText(previous)}`
  return `Cost of ${what} ${periodText(period)}, by ${by}, at API prices${against}`
}

function notesOf(
  { of, unpriced }: CostReport,
  uncounted: readonly { readonly model: string; readonly calls: number }[],
  { isEmpty, isRead, source }: { readonly isEmpty: boolean; readonly isRead: boolean; readonly source: string },
): string[] {
  const gaps: CostGap[] = [
    ...unpriced.map((one) => ({ why: 'unpriced' as const, ...one })),
    ...uncounted.map((one) => ({ why: 'uncounted' as const, ...one, tokens: 0 })),
  ]
  if (gaps.length > 0) return [`Not in these costs: ${costGapsText(gaps)}.`]
  if (isEmpty) return [`Nothing was used in that time in ${source}.`]
  return of === 'runs' && isRead
    ? ['Calls without a price cost 0: `spanledger cost --by model` says which there are.']
    : []
}

/** The costs of the period before by the keys of this one: a day is compared with the one as many days before. */
function costsBefore(by: CostDimension, { sums }: CostReport, { sinceMs, untilMs, days }: Period): CostsByKey {
  const first = days === null ? sinceMs : Date.parse(days.first)
  const end = days === null ? untilMs : Date.parse(days.last) + dayMs
  const shift = Math.max(1, Math.round((end - first) / dayMs))
  return new Map(sums.map(({ key, costNano }) => [by === 'day' && key !== null ? addDays(key, shift) : key, costNano]))
}

type CostsByKey = ReadonlyMap<string | null, bigint>

const dayMs = 86_400_000

function linesOf({ sums }: CostReport, before: CostsByKey | null): CostLine[] {
  const known = new Set(sums.map(({ key }) => key))
  const gone = [...(before ?? [])].filter(([key]) => !known.has(key)).map(([key]) => ({ ...nothing, key }))
  const all: readonly CostSums[] = [...sums, ...gone]
  const whole = all.reduce((sum, { costNano }) => sum + costNano, 0n)
  const greatest = all.reduce((most, { costNano }) => (costNano > most ? costNano : most), 0n)
  return all.map((one) => ({
    ...one,
    name: one.key ?? '(none)',
    share: ratio(one.costNano, whole),
    bar: ratio(one.costNano, greatest),
    previousNano: before === null ? null : (before.get(one.key) ?? 0n),
    isSum: false,
  }))
}

const nothing: Omit<CostSums, 'key'> = {
  calls: null,
  runs: null,
  prompt_tokens: null,
  completion_tokens: null,
  cache_read_tokens: null,
  cache_creation_tokens: null,
  total_tokens: 0,
  costNano: 0n,
  unpriced_calls: null,
  unpriced_tokens: null,
}

function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 1_000_000n) / whole) / 1_000_000
}

/** The sum of lines, as a line of its own. */
function sumOf(lines: readonly CostLine[], name: string): CostLine {
  const count = (value: (line: CostLine) => number | null) =>
    lines.every((line) => value(line) === null) ? null : lines.reduce((sum, line) => sum + (value(line) ?? 0), 0)
  const money = (value: (line: CostLine) => bigint) => lines.reduce((sum, line) => sum + value(line), 0n)
  return {
    key: null,
    name,
    calls: count((line) => line.calls),
    runs: count((line) => line.runs),
    prompt_tokens: count((line) => line.prompt_tokens),
    completion_tokens: count((line) => line.completion_tokens),
    cache_read_tokens: count((line) => line.cache_read_tokens),
    cache_creation_tokens: count((line) => line.cache_creation_tokens),
    total_tokens: count((line) => line.total_tokens) ?? 0,
    costNano: money((line) => line.costNano),
    unpriced_calls: count((line) => line.unpriced_calls),
    unpriced_tokens: count((line) => line.unpriced_tokens),
    share: lines.reduce((sum, { share }) => sum + share, 0),
    bar: 0,
    previousNano: lines.every(({ previousNano }) => previousNano === null)
      ? null
      : money(({ previousNano }) => previousNano ?? 0n),
    isSum: true,
  }
}
