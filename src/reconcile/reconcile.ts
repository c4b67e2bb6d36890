import { exactUsd } from '../columns.ts'
import {
  type Amounts,
  absolute,
  amounts,
  type Measure,
  measures,
  minus,
  noAmounts,
  plus,
  quantities,
  sumOf,
} from './amounts.ts'
import { type Bill, type BillLine, dayText, msPerDay, type TimeRange } from './bill.ts'
import { type CompareOptions, type Comparison, compareSides, type Group } from './compare.ts'
import { modelKey, sortEvidence } from './evidence.ts'
import type { LedgerEvidence, LedgerLine, ProvenCalls } from './ledger/ledger.ts'
import { matchModels } from './models.ts'
import type { UnitPrice } from './rates.ts'
import { explainCell } from './reasons/explain-cell.ts'
import type { ExplainedCell } from './reasons/reasons.ts'
import { Unreadable } from './unreadable.ts'

/** What is listed apart from the comparison. */
export interface ApartItem {
  readonly why: NonNullable<BillLine['apart']>
  readonly label: string
  readonly amounts: Amounts
}

/** A bill and the ledger, compared. */
export interface Reconciliation {
  readonly bill: Pick<Bill, 'format' | 'title' | 'files'>
  /** The time that was compared, its end exclusive, in milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly groups: readonly Group[]
  readonly stated: readonly Measure[]
  readonly cells: readonly ExplainedCell[]
  readonly apart: readonly ApartItem[]
  readonly notes: readonly string[]
  /** Whether the ledger has any call in that time that may be on the bill. */
  readonly hasLedger: boolean
  readonly totals: {
    readonly bill: Amounts
    readonly ledger: Amounts
    readonly difference: Amounts
    readonly unexplained: Amounts
  }
}

/** How a bill is compared. */
export interface ReconcileOptions extends Pick<CompareOptions, 'groups' | 'groupOf' | 'nameOf'> {
  readonly now: number
  /** Which providers of the ledger are on the bill; null: those of its format. */
  readonly providers: readonly string[] | null
  readonly unitPrice: UnitPrice
}

/**
 * What of the ledger must be read for a bill. The day around it is for calls that cross its edges; the week after it says
 * whether the ledger goes on where the bill ends.
 */
export function rangeOf(bill: Bill, now: number): TimeRange & { readonly grain: 'hour' | 'day' } {
  const from = Math.min(...bill.covered.map((span) => span.from))
  const to = Math.max(...bill.covered.map((span) => span.to))
  return {
    from: from - msPerDay,
    to: Math.min(to + 7 * msPerDay, finalUntil(bill, now) + msPerDay),
    grain: grainOf(bill),
  }
}

/** A bill whose times begin or end within a day is compared by hours. */
export function grainOf(bill: Bill): 'hour' | 'day' {
  return bill.covered.every(({ from, to }) => from % msPerDay === 0 && to % msPerDay === 0) ? 'day' : 'hour'
}

const msPerHour = 3_600_000

/** Until when the bill is final: as the provider says it, else until a day ago. */
function finalUntil(bill: Bill, now: number): number {
  const last = bill.refreshedAt ?? now - msPerDay
  const grain = grainOf(bill) === 'day' ? msPerDay : msPerHour
  return Math.floor(last / grain) * grain
}

/** Compares a bill with the ledger and explains each difference. Throws `Unreadable` where its unit must be another. */
export function reconcile(bill: Bill, evidence: LedgerEvidence, options: ReconcileOptions): Reconciliation {
  const until = finalUntil(bill, options.now)
  const isOfBill = providerTest(bill, evidence.lines, options.providers)
  const compared = compareSides(bill, evidence.lines, { ...options, until, grain: grainOf(bill), isOfBill })
  const { from, to } = comparedTime(bill, until)
  checkUnits(compared)
  const missing = missingRequests(bill, evidence)
  const find = sortEvidence(evidence, missing, modelKey(compared.names.keys))
  const cells = compared.cells.map((cell) => explainCell(cell, find(cell.place), options.unitPrice))
  const stated = measures.filter((measure) => compared.cells.some((cell) => cell.stated.has(measure)))
  return {
    bill: { format: bill.format, title: bill.title, files: bill.files },
    from,
    to,
    groups: options.groups,
    stated,
    cells,
    apart: apartItems(compared),
    notes: [...bill.notes, ...notesOf(bill, compared, { evidence, until, to, isOfBill })],
    hasLedger: compared.counted.length > 0,
    totals: {
      bill: sumOf(cells.map((cell) => cell.bill)),
      ledger: sumOf(cells.map((cell) => cell.ledger)),
      difference: sumOf(cells.map((cell) => cell.difference)),
      unexplained: sumOf(cells.map((cell) => cell.unexplained)),
    },
  }
}

/** Says which providers are on a bill: those that are named, those of its format, or those that sold its models. */
function providerTest(
  bill: Bill,
  lines: readonly LedgerLine[],
  named: readonly string[] | null,
): (provider: string) => boolean {
  const { provider: ofFormat } = bill
  if (named !== null) return (provider) => named.includes(provider)
  if (ofFormat !== null) return (provider) => ofFormat.test(provider)
  const models = bill.lines.flatMap(({ model, apart }) => (model === null || apart !== null ? [] : [model]))
  const { keys } = matchModels(
    models,
    lines.map(({ model }) => model),
    bill.describesModels,
  )
  const onBill = new Set(models.map((model) => keys.get(model)))
  const sellers = new Set(lines.flatMap(({ model, provider }) => (onBill.has(keys.get(model)) ? [provider] : [])))
  return (provider) => sellers.has(provider)
}

function comparedTime({ covered }: Bill, until: number): TimeRange {
  const from = Math.min(...covered.map((span) => span.from))
  const to = Math.max(...covered.map((span) => span.to))
  return { from, to: Math.max(from, Math.min(to, until)) }
}

/** Requests of the bill whose ids the ledger does not have. Nothing where none of them has one that it knows. */
function missingRequests(bill: Bill, { calls }: LedgerEvidence): ProvenCalls[] {
  const known = new Set(calls.map(({ id }) => id))
  const lines = bill.lines.filter(({ id, apart }) => id !== null && apart === null)
  if (!lines.some(({ id }) => known.has(id!))) return []
  return lines
    .filter(({ id }) => !known.has(id!))
    .map((line) => ({ at: line.from, provider: '', model: line.model ?? '', amounts: amounts(line.amounts) }))
}

function apartItems({ apart, counted }: Comparison): ApartItem[] {
  const items = new Map<string, ApartItem>()
  for (const { apart: why, label, amounts: some } of apart) {
    const key = `${why} ${label}`
    const sum = plus(items.get(key)?.amounts ?? noAmounts, amounts(some))
    items.set(key, { why: why!, label: searchesText(label ?? '', counted), amounts: sum })
  }
  return [...items.values()]
}

/** Web searches are no tokens; the ledger may have them all the same. */
function searchesText(label: string, counted: readonly LedgerLine[]): string {
  if (!/web.?search/i.test(label)) return label
  const requests = counted.reduce((sum, line) => sum + line.webSearches.requests, 0n)
  const cost = counted.reduce((sum, line) => sum + line.webSearches.cost, 0n)
  return requests === 0n ? label : `${label} (the ledger has ${requests}, of $${exactUsd(cost)})`
}

interface NoteContext {
  readonly evidence: LedgerEvidence
  readonly until: number
  readonly to: number
  readonly isOfBill: (provider: string) => boolean
}

function notesOf(bill: Bill, compared: Comparison, { evidence, until, to, isOfBill }: NoteContext): string[] {
  const notes: string[] = []
  const end = Math.max(...bill.covered.map((span) => span.to))
  if (end > until) {
    const cost = compared.provisional.reduce((sum, line) => sum + (line.amounts.cost ?? 0n), 0n)
    const last = bill.refreshedAt === null ? 'a day ago' : new Date(bill.refreshedAt).toISOString()
    const amount = cost === 0n ? '' : `, with $${exactUsd(cost)} of the bill`
    notes.push(
      `provisional: what is after ${dayText(until)} 00:00 UTC is left out${amount}, since the export is final until ${last}`,
    )
  }
  for (const { into, names } of compared.names.folded)
    notes.push(`alias_folded: ${names.join(', ')} are compared as ${into}, since one side names only the alias`)
  const after = evidence.lines.filter(({ at, provider }) => at >= to && at < until && isOfBill(provider))
  const calls = after.reduce((sum, line) => sum + line.amounts.requests, 0n)
  if (calls > 0n && end <= until)
    notes.push(
      `the export ends with ${dayText(to - 1)}: ${calls} calls of the ledger in the week after it are not compared`,
    )
  return notes
}

const wrongFactors = [100n, 1000n, 1_000_000n] as const

/** Throws `Unreadable` where the bill is a hundred, thousand or million times the ledger: that is a unit, not a difference. */
function checkUnits({ cells }: Comparison): void {
  const both = cells.filter(({ billLines, ledgerLines }) => billLines.length > 0 && ledgerLines.length > 0)
  const bill = sumOf(both.map((cell) => cell.bill))
  const ledger = sumOf(both.map((cell) => cell.ledger))
  const tokens = factorOf(bill.input + bill.output, ledger.input + ledger.output)
  if (tokens !== null)
    throw new Unreadable(`the bill's tokens are ${tokens} those of the ledger: their unit must be another one.`)
  const rest = minus(bill, ledger)
  const isSimilar = quantities.every((measure) => absolute(rest[measure]) * 5n <= ledger[measure])
  const cost = factorOf(bill.cost, ledger.cost)
  if (cost !== null && isSimilar)
    throw new Unreadable(
      `the bill's amounts are ${cost} what the ledger has for the same calls: their unit must be another one, such as cents for dollars.`,
    )
}

function factorOf(bill: bigint, ledger: bigint): string | null {
  for (const factor of wrongFactors) {
    if (isNear(bill, ledger * factor)) return `${factor} times`
    if (isNear(bill * factor, ledger)) return `1/${factor} of`
  }
  return null
}

/** Within 3 %, of amounts that are no chance. */
function isNear(a: bigint, b: bigint): boolean {
  return a > 10_000n && b > 10_000n && absolute(a - b) * 100n <= 3n * b
}
