import { type Amounts, type Measure, measures, minus, noAmounts, only, plus, quantities, sumOf } from './amounts.ts'
import { type Bill, type BilledKind, type BillLine, dayText, msPerDay, type TimeRange } from './bill.ts'
import type { LedgerLine } from './ledger/ledger.ts'
import { type ModelNames, matchModels } from './models.ts'

/** By what, beside the day and the model, a bill is compared. */
export type Group = 'project' | 'key' | 'user'

/** What a comparison needs to know beside the two sides. */
export interface CompareOptions {
  /** Until when the bill is final. */
  readonly until: number
  readonly grain: 'hour' | 'day'
  readonly groups: readonly Group[]
  /** Which group of the ledger a group of the bill is: `--map workspace=tenant`. */
  readonly groupOf: (line: LedgerLine, group: Group) => string | null
  /** The name in the ledger of a project, key or user of the bill. */
  readonly nameOf: (name: string | null) => string | null
  /** Whether calls of a provider are on the bill. */
  readonly isOfBill: (provider: string) => boolean
}

/** Where a cell is. `model` is null where the bill names none. */
export interface CellPlace extends TimeRange {
  /** `2026-11-20`, or `2026-11-01 to 2026-11-30` for a bill of a whole period. */
  readonly period: string
  readonly model: string | null
  readonly groups: readonly (string | null)[]
}

/** The calls of one day, model and group on both sides. */
export interface Cell {
  readonly place: CellPlace
  /** What the bill states. The others are 0 on both sides. */
  readonly stated: ReadonlySet<Measure>
  readonly bill: Amounts
  readonly ledger: Amounts
  readonly billLines: readonly BillLine[]
  readonly ledgerLines: readonly LedgerLine[]
  /** Calls that ended in it and began before it. */
  readonly begunBefore: Amounts
  /** Calls that began in it and ended after it. */
  readonly endedAfter: Amounts
}

/** What both sides are, cell by cell. */
export interface Comparison {
  readonly cells: readonly Cell[]
  readonly names: ModelNames
  /** Lines of the bill that are compared with nothing. */
  readonly apart: readonly BillLine[]
  /** Lines of the bill that are not final. */
  readonly provisional: readonly BillLine[]
  /** The calls of the ledger that were compared. */
  readonly counted: readonly LedgerLine[]
}

/** Puts the lines of a bill and of the ledger side by side. */
export function compareSides(bill: Bill, ledger: readonly LedgerLine[], options: CompareOptions): Comparison {
  const isFinal = ({ from, to }: BillLine) => (from === to ? from < options.until : to <= options.until)
  const compared = bill.lines.filter((line) => line.apart === null && isFinal(line))
  const onBill = new Set(compared.flatMap(({ model }) => (model === null ? [] : [model])))
  const candidates = ledger.filter(({ provider }) => options.isOfBill(provider) || provider === 'unknown')
  const names = matchModels(
    onBill,
    candidates.map(({ model }) => model),
    bill.describesModels,
  )
  const billedKeys = new Set([...onBill].map((model) => names.keys.get(model)))
  const inScope = candidates.filter(
    ({ provider, model }) => options.isOfBill(provider) || billedKeys.has(names.keys.get(model)),
  )
  const covered = bill.covered.map(({ from, to }) => ({ from, to: Math.min(to, options.until) }))
  const isCovered = ({ at }: LedgerLine) => covered.some(({ from, to }) => from <= at && at < to)
  const families = familiesOf(compared)
  const cells = families.flatMap((family) =>
    cellsOf(family, { names, options, ledger: inScope.filter(isCovered), around: inScope, span: hullOf(covered) }),
  )
  return {
    cells: cells.sort((a, b) => compareText(placeText(a.place), placeText(b.place))),
    names,
    apart: bill.lines.filter((line) => line.apart !== null && isFinal(line)),
    provisional: bill.lines.filter((line) => !isFinal(line)),
    counted: inScope.filter(isCovered),
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function placeText({ period, model, groups }: CellPlace): string {
  return [period, model ?? '', ...groups.map((group) => group ?? '')].join(' ')
}

function hullOf(spans: readonly TimeRange[]): TimeRange {
  return { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) }
}

/** Lines that state their calls by the same times and groups. */
interface Family {
  readonly lines: BillLine[]
  readonly isPeriod: boolean
  readonly hasModel: boolean
}

/** Usage and costs are compared together where both name the day and the model, else apart. */
function familiesOf(lines: readonly BillLine[]): Family[] {
  const families = new Map<string, Family>()
  for (const series of ['usage', 'cost', 'calls'] as const) {
    const own = lines.filter((line) => line.series === series)
    if (own.length === 0) continue
    const isPeriod = own.some(({ from, to }) => to - from > msPerDay)
    const hasModel = own.some(({ model }) => model !== null)
    const key = `${isPeriod} ${hasModel}`
    const family = families.get(key) ?? { lines: [], isPeriod, hasModel }
    families.set(key, family)
    for (const line of own) family.lines.push(line)
  }
  return [...families.values()]
}

interface Sides {
  readonly names: ModelNames
  readonly options: CompareOptions
  readonly ledger: readonly LedgerLine[]
  /** The calls of the ledger that end shortly before or after the bill, too. */
  readonly around: readonly LedgerLine[]
  readonly span: TimeRange
}

interface CellDraft {
  readonly place: CellPlace
  readonly billLines: BillLine[]
  readonly ledgerLines: LedgerLine[]
  begunBefore: Amounts
  endedAfter: Amounts
}

function cellsOf(family: Family, sides: Sides): Cell[] {
  const { names, options, span } = sides
  const drafts = new Map<string, CellDraft>()
  const draftAt = (ms: number, model: string | null, groups: readonly (string | null)[]): CellDraft => {
    const day = Math.floor(ms / msPerDay) * msPerDay
    const times = family.isPeriod ? span : { from: day, to: day + msPerDay }
    const period = family.isPeriod ? `${dayText(span.from)} to ${dayText(span.to - 1)}` : dayText(day)
    const key = family.hasModel && model !== null ? (names.keys.get(model) ?? model) : null
    const place = { ...times, period, model: key, groups }
    const known = drafts.get(placeText(place))
    if (known !== undefined) return known
    const draft = { place, billLines: [], ledgerLines: [], begunBefore: noAmounts, endedAfter: noAmounts }
    drafts.set(placeText(place), draft)
    return draft
  }
  const ledgerGroups = (line: LedgerLine) => options.groups.map((group) => options.groupOf(line, group))
  for (const line of family.lines) {
    const groups = options.groups.map((group) => options.nameOf(line[group]))
    draftAt(line.from, line.model, groups).billLines.push(line)
  }
  for (const line of sides.ledger) draftAt(line.at, line.model, ledgerGroups(line)).ledgerLines.push(line)
  if (!family.isPeriod)
    for (const line of sides.around) {
      if (dayText(line.began) === dayText(line.at)) continue
      const isIn = (ms: number) => ms >= span.from && ms < span.to
      if (isIn(line.at)) addTo(draftAt(line.at, line.model, ledgerGroups(line)), 'begunBefore', line)
      if (isIn(line.began)) addTo(draftAt(line.began, line.model, ledgerGroups(line)), 'endedAfter', line)
    }
  const stated = statedIn(family.lines)
  return [...drafts.values()].map((draft) => cellOf(draft, stated))
}

function addTo(draft: CellDraft, side: 'begunBefore' | 'endedAfter', { amounts }: LedgerLine): void {
  draft[side] = plus(draft[side], amounts)
}

function cellOf(draft: CellDraft, stated: ReadonlySet<Measure>): Cell {
  return {
    ...draft,
    stated,
    bill: only(billed(draft.billLines, stated), stated),
    ledger: only(sumOf(draft.ledgerLines.map(({ amounts }) => amounts)), stated),
  }
}

/** Which measures lines state; tokens of costs count where no line of usage states them. */
function statedIn(lines: readonly BillLine[]): Set<Measure> {
  const stated = new Set(measures.filter((measure) => lines.some((line) => line.amounts[measure] !== undefined)))
  if (quantities.some((measure) => stated.has(measure))) return stated
  for (const line of lines) {
    if (line.quantity === null || line.kind === null) continue
    for (const measure of measuresOf(line.kind)) stated.add(measure)
  }
  return stated
}

/** The measures to which the tokens of a kind belong. */
function measuresOf(kind: BilledKind): readonly Measure[] {
  if (kind === 'output') return ['output']
  if (kind === 'input') return ['input']
  return kind === 'cache_read' ? ['input', 'cache_read'] : ['input', 'cache_write']
}

function billed(lines: readonly BillLine[], stated: ReadonlySet<Measure>): Amounts {
  const sum: { -readonly [M in Measure]: bigint } = { ...noAmounts }
  const ofUsage = lines.some(({ amounts }) => quantities.some((measure) => amounts[measure] !== undefined))
  for (const { amounts, kind, quantity } of lines) {
    for (const measure of measures) sum[measure] += amounts[measure] ?? 0n
    if (ofUsage || kind === null || quantity === null) continue
    for (const measure of measuresOf(kind)) if (stated.has(measure)) sum[measure] += quantity
  }
  return sum
}

/** What the bill has more than the ledger. */
export function differenceOf({ bill, ledger }: Pick<Cell, 'bill' | 'ledger'>): Amounts {
  return minus(bill, ledger)
}
