import { type Amounts, isNothing, type Measure, measures, minus, noAmounts, plus } from '../../reconcile/amounts.ts'
import { dayOf } from '../../reconcile/bill.ts'
import { exactDollars } from '../../reconcile/decimal.ts'
import { type ExplainedCell, type ReasonCode, reasonCodes } from '../../reconcile/reasons.ts'
import type { Reconciliation } from '../../reconcile/reconcile.ts'
import { escapedText } from '../../terminal-text.ts'
import { alignedTable } from './aligned-table.ts'
import { percentOf } from './history.ts'
import type { Listing } from './options.ts'

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
export function textReport(result: Reconciliation, { by }: { readonly by: Listing | null }): string {
  const { bill, from, to } = result
  const head = `${bill.title}: ${bill.files.join(', ')}\n${dayOf(from)} to ${dayOf(to - 1)}, days in UTC\n`
  return [
    head,
    totalsText(result),
    differencesText(result, by),
    reasonsText(result),
    apartText(result),
    notesText(result),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function totalsText({ stated, totals: { bill, ledger, difference } }: Reconciliation): string {
  const lines = measures
    .filter((measure) => stated.includes(measure))
    .map((measure) => [
      labels[measure],
      textOf(measure, ledger),
      textOf(measure, bill),
      textOf(measure, difference),
      percentOf(difference[measure], bill[measure]),
    ])
  return alignedTable(['', 'ledger', 'bill', 'difference', '%'], lines)
}

function textOf(measure: Measure, all: Amounts): string {
  return measure === 'cost' ? exactDollars(all.cost) : String(all[measure])
}

/** The sides of some cells that are listed as one. */
interface ListedSides {
  readonly names: readonly string[]
  readonly bill: Amounts
  readonly ledger: Amounts
}

function differencesText(result: Reconciliation, by: Listing | null): string {
  const lists = new Map<string, ListedSides>()
  for (const cell of result.cells) {
    const names = namesOf(cell, result, by)
    const { bill, ledger } = lists.get(names.join('\n')) ?? { bill: noAmounts, ledger: noAmounts }
    lists.set(names.join('\n'), { names, bill: plus(bill, cell.bill), ledger: plus(ledger, cell.ledger) })
  }
  const lines = [...lists.values()].flatMap(({ names, bill, ledger }) => {
    const difference = minus(bill, ledger)
    return measures
      .filter((measure) => difference[measure] !== 0n)
      .map((measure) => [
        ...names,
        labels[measure],
        textOf(measure, ledger),
        textOf(measure, bill),
        textOf(measure, difference),
      ])
  })
  if (lines.length === 0) return ''
  const heads = by === null ? ['day', 'model', ...result.groups] : [by]
  return alignedTable([...heads, 'what', 'ledger', 'bill', 'difference'], lines)
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

function reasonsText({ cells, totals, stated }: Reconciliation): string {
  const joined = new Map<ReasonCode, JoinedReason>()
  for (const { place, reasons } of cells)
    for (const { code, amounts, proof, close } of reasons) {
      const known = joined.get(code) ?? { code, amounts: noAmounts, proofs: [], closing: new Set() }
      joined.set(code, known)
      known.amounts = plus(known.amounts, amounts)
      const names = [place.period, place.model, ...place.groups].filter((name) => name !== null)
      known.proofs.push(`${names.map(escapedText).join(' ')}: ${escapedText(proof)}`)
      if (close !== undefined) known.closing.add(escapedText(close))
    }
  const isLeft = cells.some(({ unexplained }) => !isNothing(unexplained))
  if (joined.size === 0 && !isLeft) return ''
  const reasons = [...joined.values()].map(
    ({ code, amounts, proofs, closing }, i) =>
      `${i + 1}. ${code}, ${reasonCodes[code]}: ${amountsText(amounts, stated)}\n${[
        ...proofs.slice(0, mostProofs),
        ...(proofs.length > mostProofs ? [`and ${proofs.length - mostProofs} more (--json has all)`] : []),
        ...[...closing].map((close) => `to close it: ${close}`),
      ]
        .map((line) => `   ${line}\n`)
        .join('')}`,
  )
  const left = `${joined.size + 1}. unexplained: ${amountsText(totals.unexplained, stated)}\n`
  return `Why\n${reasons.join('')}${isLeft ? left : ''}`
}

function amountsText(all: Amounts, stated: readonly Measure[]): string {
  const parts = measures.filter((measure) => stated.includes(measure) && all[measure] !== 0n)
  if (parts.length === 0) return 'nothing in sum'
  return parts
    .map((measure) =>
      measure === 'cost'
        ? `$${exactDollars(all.cost)}`
        : `${all[measure]} ${all[measure] === 1n ? labels[measure].replace(/s$/, '') : labels[measure]}`,
    )
    .join(', ')
}

function apartText({ apart }: Reconciliation): string {
  if (apart.length === 0) return ''
  const lines = apart.map(({ why, label, amounts }) => [why, label, exactDollars(amounts.cost)])
  return `On the bill, and compared with nothing\n${alignedTable(['why', 'what', 'dollars'], lines)}`
}

function notesText({ notes }: Reconciliation): string {
  return notes.map((note) => `Note: ${escapedText(note)}\n`).join('')
}
