import { billLine } from '../bill.ts'
import { centsOf, countOf } from '../decimal.ts'
import type { Row } from '../files/rows.ts'
import { apartLine, costIn, dayAround, type ExportFormat, kindOf, readTime } from './format.ts'

/** The CSV or JSON that docs/reconcile.md describes, for bills that have no reader of their own. */
export const generic: ExportFormat = {
  name: 'generic',
  title: 'generic table',
  source: 'the table below, as CSV or JSON',
  provider: null,
  restates: false,
  matches: ({ columns }) =>
    (columns.has('date') || columns.has('start')) &&
    columns.has('model') &&
    ['costusd', 'costcents', 'cost', 'requests', 'inputtokens', 'outputtokens', 'tokens'].some((name) =>
      columns.has(name),
    ),
  async read({ rows }, out, options) {
    for await (const row of rows) {
      const day = row.get('date')
      const span =
        day === null
          ? { from: readTime(row.get('start') ?? ''), to: readTime(row.get('end') ?? '') }
          : dayAround(readTime(day))
      out.covers(span.from, span.to)
      const cents = row.get('cost_cents')
      const stated = row.get('cost_usd', 'cost')
      const currency = row.get('cost_usd') === null ? row.get('currency') : 'USD'
      const cost = cents !== null ? centsOf(cents) : stated === null ? null : costIn(stated, currency, options)
      const kind = row.get('kind')
      const line = {
        series: cost === null ? ('usage' as const) : ('calls' as const),
        ...span,
        model: row.get('model'),
        project: row.get('project', 'workspace'),
        key: row.get('key', 'api_key'),
        user: row.get('user'),
        tier: row.get('tier', 'service_tier'),
        amounts: { ...amountsIn(row), ...(cost !== null && { cost }) },
        longWrites: counted(row, 'cache_write_1h_tokens'),
        id: row.get('request_id', 'response_id'),
      }
      if (line.model === null) out.add(apartLine(line, 'not_tokens', kind ?? 'a line without a model'))
      else if (cost !== null && cost < 0n) out.add(apartLine(line, 'discount_or_credit', kind ?? 'a credit'))
      else if (kind === null) out.add(billLine(line))
      else if (kindOf(kind) === null) out.add(apartLine(line, 'not_tokens', kind))
      else
        out.add(billLine({ ...line, series: 'cost', kind: kindOf(kind), quantity: counted(row, 'tokens', 'quantity') }))
    }
  },
}

function counted(row: Row, ...names: string[]): bigint | null {
  const text = row.get(...names)
  return text === null ? null : countOf(text)
}

function amountsIn(row: Row) {
  const columns = {
    requests: counted(row, 'requests'),
    input: counted(row, 'input_tokens'),
    cache_read: counted(row, 'cache_read_tokens'),
    cache_write: counted(row, 'cache_write_tokens'),
    output: counted(row, 'output_tokens'),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)) as Partial<
    Record<keyof typeof columns, bigint>
  >
}
