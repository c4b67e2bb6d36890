import { exactUsd } from '../../columns.ts'
import { type Amounts, areZero, type noAmounts } from '../../reconcile/amounts.ts'
import type { ExplainedCell } from '../../reconcile/reasons/reasons.ts'
import type { Reconciliation } from '../../reconcile/reconcile.ts'
import type { Column } from '../formats/table/column.ts'

/** A difference, one of its reasons, what is unexplained of it, or what is listed apart. */
export interface ReportRow {
  readonly format: string
  readonly period: string
  readonly model: string | null
  readonly groups: readonly (string | null)[]
  /** `difference`, the code of a reason, `unexplained`, or why it is apart. */
  readonly what: string
  readonly amounts: Amounts
  readonly text: string
}

/** The rows of a comparison for programs: none where nothing differs. */
export function reportRows({ bill: { format }, cells, apart }: Reconciliation): ReportRow[] {
  const ofApart = apart.map(({ why, label, amounts }) => ({
    ...{ format, period: '', model: null, groups: [] },
    ...{ what: why, amounts, text: label },
  }))
  return [...cells.flatMap((cell) => rowsOfCell(format, cell)), ...ofApart]
}

function rowsOfCell(format: string, { place, difference, reasons, unexplained }: ExplainedCell): ReportRow[] {
  if (areZero(difference) && reasons.length === 0) return []
  const { period, model, groups } = place
  const row = { format, period, model, groups, text: '' }
  return [
    { ...row, what: 'difference', amounts: difference },
    ...reasons.map(({ code, amounts, proof }) => ({ ...row, what: code, amounts, text: proof })),
    ...(areZero(unexplained) ? [] : [{ ...row, what: 'unexplained', amounts: unexplained }]),
  ]
}

/** The columns of these rows; `groups` names what calls are grouped by beside day and model. */
export function rowColumns(groups: readonly string[]): readonly Column<ReportRow>[] {
  const count = (name: string, measure: keyof typeof noAmounts): Column<ReportRow> => ({
    name,
    head: name.toUpperCase(),
    value: ({ amounts }) => Number(amounts[measure]),
  })
  return [
    { name: 'format', head: 'FORMAT', value: ({ format }) => format },
    { name: 'period', head: 'PERIOD', value: ({ period }) => period },
    { name: 'model', head: 'MODEL', value: ({ model }) => model },
    ...groups.map(
      (name, i): Column<ReportRow> => ({ name, head: name.toUpperCase(), value: (row) => row.groups[i] ?? null }),
    ),
    { name: 'what', head: 'WHAT', value: ({ what }) => what },
    count('requests', 'requests'),
    count('prompt_tokens', 'input'),
    count('cache_read_tokens', 'cache_read'),
    count('cache_creation_tokens', 'cache_write'),
    count('completion_tokens', 'output'),
    { name: 'cost_usd', head: 'COST_USD', value: ({ amounts }) => exactUsd(amounts.cost) },
    { name: 'text', head: 'TEXT', value: ({ text }) => text },
  ]
}
