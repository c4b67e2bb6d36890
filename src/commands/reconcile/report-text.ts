import path from 'node:path'
import { exactUsd } from '../../columns.ts'
import { type Amounts, areZero, type Measure, measures, minus, noAmounts, plus } from '../../reconcile/amounts.ts'
import { dayText } from '../../reconcile/bill.ts'
import { type ExplainedCell, type ReasonCode, reasonCodes } from '../../reconcile/reasons/reasons.ts'
import type { ApartItem, Reconciliation } from '../../reconcile/reconcile.ts'
import { escapedText } from '../../terminal-text.ts'
import type { Column } from '../formats/table/column.ts'
import { type TerminalFace, terminalTable } from '../formats/table/terminal/terminal-face.ts'
import { wrapToWidth } from '../formats/table/terminal/text-width.ts'
import type { Listing } from './options.ts'
import { percentOf } from './percent.ts'

/** What every report for people needs, besides the rows of its tables. */
export type ReportFace = Omit<TerminalFace<never>, 'isSentence'>

const labels: Readonly<Record<Measure, string>> = {
  requests: 'requests',
  input: 'input tokens',
  cache_read: 'cached tokens',
  cache_write: 'cache writes',
  output: 'output tokens',
  cost: 'dollars',
}

/** How many proofs of one reason are shown. */
const mostProofs = 5

/** A comparison for people: the totals, then what differs and why. A clean one has the totals alone. */
export function textReport(result: Reconciliation, by: Listing | null, face: ReportFace): string {
  const parts = [
    headText(result, face),
    totalsText(result, face),
    differencesText(result, by, face),
    reasonsText(result, face),
    apartText(result, face),
    notesText(result, face),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

/** A paragraph that fits the terminal; its lines after the first are indented by so many blanks more. */
function paragraph(text: string, { width }: ReportFace, indent = 0, hanging = 0): string {
  return wrapToWidth(escapedText(text), width - indent - hanging)
    .map((line, i) => `${' '.repeat(i === 0 ? indent : indent + hanging)}${line}\n`)
    .join('')
}

function headText({ bill, from, to }: Reconciliation, face: ReportFace): string {
  const title = paragraph(`${bill.title}: ${bill.files.map((file) => path.basename(file)).join(', ')}`, face).trimEnd()
  return `${face.paint(title, 'strong')}\n${dayText(from)} to ${dayText(to - 1)}, days in UTC\n`
}

/** A measure on both sides. */
interface Sides {
  readonly names: readonly string[]
  readonly measure: Measure
  readonly ledger: Amounts
  readonly bill: Amounts
}

const sideColumns: readonly Column<Sides>[] = [
  { name: 'what', head: 'WHAT', value: ({ measure }) => labels[measure] },
  { name: 'ledger', head: 'LEDGER', align: 'right', value: ({ measure, ledger }) => textOf(measure, ledger) },
  { name: 'bill', head: 'BILL', align: 'right', value: ({ measure, bill }) => textOf(measure, bill) },
  {
    name: 'difference',
    head: 'DIFFERENCE',
    align: 'right',
    value: ({ measure, ledger, bill }) => textOf(measure, minus(bill, ledger)),
    tone: ({ measure, ledger, bill }) => (bill[measure] === ledger[measure] ? undefined : 'bad'),
  },
  {
    name: 'percent',
    head: '%',
    align: 'right',
    optional: true,
    value: ({ measure, ledger, bill }) => percentOf(bill[measure] - ledger[measure], bill[measure]),
  },
]

function totalsText({ stated, totals: { bill, ledger } }: Reconciliation, face: ReportFace): string {
  return terminalTable(
    sideColumns,
    measures.filter((measure) => stated.includes(measure)).map((measure) => ({ names: [], measure, ledger, bill })),
    face,
  )
}

function textOf(measure: Measure, all: Amounts): string {
  return measure === 'cost' ? exactUsd(all.cost) : String(all[measure])
}

function differencesText(result: Reconciliation, by: Listing | null, face: ReportFace): string {
  const lists = new Map<string, Omit<Sides, 'measure'>>()
  for (const cell of result.cells) {
    const names = namesOf(cell, result, by)
    const { bill, ledger } = lists.get(names.join('\n')) ?? { bill: noAmounts, ledger: noAmounts }
    lists.set(names.join('\n'), { names, bill: plus(bill, cell.bill), ledger: plus(ledger, cell.ledger) })
  }
  const rows = [...lists.values()].flatMap((sides) =>
    measures.filter((m) => sides.bill[m] !== sides.ledger[m]).map((measure) => ({ ...sides, measure })),
  )
  if (rows.length === 0) return ''
  const heads = by === null ? ['day', 'model', ...result.groups] : [by]
  const named = heads.map(
    (name, i): Column<Sides> => ({ name, head: name.toUpperCase(), least: 10, value: ({ names }) => names[i]! }),
  )
  return terminalTable([...named, ...sideColumns], rows, face)
}

function namesOf({ place }: ExplainedCell, { groups }: Reconciliation, by: Listing | null): string[] {
  const model = place.model ?? '(all models)'
  if (by === 'day') return [place.period]
  if (by === 'model') return [model]
  const names = place.groups.map((group) => group ?? '(none)')
  return by === null ? [place.period, model, ...names] : [names[groups.indexOf(by)] ?? '(none)']
}

/** A reason with all cells that have it. */
interface JoinedReason {
  readonly code: ReasonCode
  amounts: Amounts
  readonly proofs: string[]
  readonly closing: Set<string>
}

function joinReasons(cells: readonly ExplainedCell[]): JoinedReason[] {
  const joined = new Map<ReasonCode, JoinedReason>()
  for (const { place, reasons } of cells)
    for (const { code, amounts, proof, close } of reasons) {
      const known = joined.get(code) ?? { code, amounts: noAmounts, proofs: [], closing: new Set() }
      joined.set(code, known)
      known.amounts = plus(known.amounts, amounts)
      const names = [place.period, place.model, ...place.groups].filter((name) => name !== null)
      known.proofs.push(`${names.join(' ')}: ${proof}`)
      if (close !== undefined) known.closing.add(close)
    }
  return [...joined.values()]
}

function reasonsText({ cells, totals, stated }: Reconciliation, face: ReportFace): string {
  const reasons = joinReasons(cells)
  const isLeft = cells.some(({ unexplained }) => !areZero(unexplained))
  if (reasons.length === 0 && !isLeft) return ''
  const texts = reasons.map(({ code, amounts, proofs, closing }, i) => {
    const more = proofs.length - mostProofs
    const lines = [...proofs.slice(0, mostProofs), ...(more > 0 ? [`and ${more} more (--json has all)`] : [])]
    const head = `${i + 1}. ${code}, ${reasonCodes[code]}: ${amountsText(amounts, stated)}`
    return `${paragraph(head, face, 0, 3)}${lines.map((line) => paragraph(line, face, 3, 2)).join('')}${closingText(closing)}`
  })
  const left = `${reasons.length + 1}. unexplained: ${amountsText(totals.unexplained, stated)}`
  return `${face.paint('Why', 'strong')}\n${texts.join('')}${isLeft ? paragraph(left, face, 0, 3) : ''}`
}

/** What would close differences, each on one line, so that it can be copied. */
function closingText(closing: ReadonlySet<string>): string {
  return [...closing].map((close) => `   to close it: ${escapedText(close)}\n`).join('')
}

function amountsText(all: Amounts, stated: readonly Measure[]): string {
  const parts = measures.filter((measure) => stated.includes(measure) && all[measure] !== 0n)
  if (parts.length === 0) return 'nothing in sum'
  return parts
    .map((measure) => (measure === 'cost' ? dollarsText(all.cost) : `${all[measure]} ${labelOf(measure, all)}`))
    .join(', ')
}

function dollarsText(nano: bigint): string {
  return nano < 0n ? `-$${exactUsd(-nano)}` : `$${exactUsd(nano)}`
}

function labelOf(measure: Measure, all: Amounts): string {
  return all[measure] === 1n ? labels[measure].replace(/s$/, '') : labels[measure]
}

const apartColumns: readonly Column<ApartItem>[] = [
  { name: 'why', head: 'APART', value: ({ why }) => why },
  { name: 'label', head: 'WHAT', least: 12, value: ({ label }) => label },
  { name: 'cost_usd', head: 'DOLLARS', align: 'right', value: ({ amounts }) => exactUsd(amounts.cost) },
]

function apartText({ apart }: Reconciliation, face: ReportFace): string {
  return apart.length === 0 ? '' : terminalTable(apartColumns, apart, face)
}

function notesText({ notes }: Reconciliation, face: ReportFace): string {
  return notes.map((note) => paragraph(`Note: ${note}`, face, 0, 2)).join('')
}
