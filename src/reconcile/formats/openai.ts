import { type BillLine, billLine } from '../bill.ts'
import { countOf } from '../decimal.ts'
import { type ExportObject, isObject, listIn, objectIn, textIn } from '../files/json-text.ts'
import type { ExportFile } from '../files/read-file.ts'
import { objectRow, type Row } from '../files/rows.ts'
import {
  apartLine,
  costIn,
  type ExportFormat,
  kindOf,
  type LineCollector,
  type ReadOptions,
  readTime,
  tierIn,
} from './format.ts'

/** Pages of `GET /v1/organization/usage/{kind}` and `/v1/organization/costs`. */
export const openaiPages: ExportFormat = {
  name: 'openai',
  title: 'OpenAI usage and costs',
  source:
    'pages of `GET /v1/organization/usage/completions` (and `embeddings`, …) with `group_by[]=model`, and of `GET /v1/organization/costs` with `group_by[]=line_item`',
  provider: /^openai$/,
  restates: true,
  matches: ({ documents }) =>
    documents.some(
      (document) =>
        isObject(document) &&
        listIn(document.data).some(
          (bucket) => objectIn(bucket).object === 'bucket' || 'start_time' in objectIn(bucket),
        ),
    ),
  async read({ documents }, out, options) {
    for (const document of documents) if (isObject(document)) readPage(document, out, options)
  },
}

function readPage(page: ExportObject, out: LineCollector, options: ReadOptions): void {
  const buckets = listIn(page.data).map(objectIn)
  let series = 'usage'
  const times: number[] = []
  for (const bucket of buckets) {
    const span = { from: readTime(textIn(bucket.start_time) ?? ''), to: readTime(textIn(bucket.end_time) ?? '') }
    times.push(span.from, span.to)
    out.covers(span.from, span.to)
    for (const result of listIn(bucket.results).map(objectIn)) {
      const kind = textIn(result.object) ?? ''
      series = kind
      out.add(lineOf(objectRow(result), { ...span, object: kind }, options))
    }
  }
  if (times.length === 0) return
  const hasMore = page.has_more === true
  out.page({ series, from: Math.min(...times), to: Math.max(...times), hasMore, isByTime: true })
}

interface ResultPlace {
  readonly from: number
  readonly to: number
  /** `organization.usage.completions.result`, … */
  readonly object: string
}

function lineOf(row: Row, place: ResultPlace, options: ReadOptions): BillLine {
  if (place.object.includes('costs')) return costLine(row, place, options)
  const called = /usage\.(completions|embeddings)/.test(place.object)
  return called
    ? usageLine(row, place)
    : apartLine({ from: place.from, to: place.to }, 'not_tokens', place.object.split('.')[2] ?? place.object)
}

/** A row of usage, of the API or the dashboard's CSV: the columns have the same names. */
export function usageLine(row: Row, { from, to }: Pick<BillLine, 'from' | 'to'>): BillLine {
  const count = (...names: string[]) => countOf(row.get(...names) ?? '0')
  const longWrites = row.get('input_cache_write_12h_tokens')
  const written = row.get('input_cache_write_tokens') ?? row.get('input_cache_write_30m_tokens')
  return billLine({
    series: 'usage',
    from,
    to,
    ...groupsIn(row),
    model: row.get('model'),
    tier: row.get('batch')?.toLowerCase() === 'true' ? 'batch' : row.get('service_tier'),
    amounts: {
      requests: count('num_model_requests'),
      input: count('input_tokens'),
      cache_read: count('input_cached_tokens'),
      output: count('output_tokens'),
      ...(written !== null && { cache_write: countOf(written) }),
    },
    longWrites: longWrites === null ? null : countOf(longWrites),
  })
}

/** A row of costs, of the API or the dashboard's CSV. */
export function costLine(row: Row, { from, to }: Pick<BillLine, 'from' | 'to'>, options: ReadOptions): BillLine {
  const cost = costIn(row.get('amount_value', 'amount') ?? '0', row.get('amount_currency', 'currency'), options)
  const item = row.get('line_item')
  const line = { from, to, ...groupsIn(row), amounts: { cost } }
  if (cost < 0n) return apartLine(line, 'discount_or_credit', item ?? 'a credit')
  if (item === null) return billLine({ series: 'cost', ...line })
  const comma = item.indexOf(',')
  const kind = comma < 0 ? null : kindOf(item.slice(comma + 1))
  if (kind === null) return apartLine(line, 'not_tokens', item)
  return billLine({
    series: 'cost',
    ...line,
    model: item.slice(0, comma).trim(),
    tier: tierIn(item.slice(comma + 1)),
    kind,
    quantity: quantityIn(row),
  })
}

function quantityIn(row: Row): bigint | null {
  const [quantity, unit] = [row.get('quantity'), row.get('quantity_unit')]
  if (quantity === null) return null
  if (unit === 'tokens') return countOf(quantity)
  return unit === '1000_tokens' ? countOf(quantity, 1000n) : null
}

function groupsIn(row: Row): Pick<BillLine, 'project' | 'key' | 'user'> {
  return { project: row.get('project_id'), key: row.get('api_key_id'), user: row.get('user_id') }
}

/** The CSV files of the dashboard, of usage and of costs. A day without either is a row with only its times. */
export const openaiCsv: ExportFormat = {
  name: 'openai-csv',
  title: "OpenAI's dashboard (CSV)",
  source: 'the exports of usage and of costs in the dashboard',
  provider: /^openai$/,
  restates: true,
  matches: ({ documents, columns }) =>
    documents.length === 0 &&
    columns.has('starttime') &&
    (columns.has('amountvalue') || columns.has('nummodelrequests')),
  async read({ columns, rows }: ExportFile, out, options) {
    for await (const row of rows) {
      const span = { from: readTime(row.get('start_time') ?? ''), to: readTime(row.get('end_time') ?? '') }
      out.covers(span.from, span.to)
      if (columns.has('amountvalue')) {
        if (row.get('amount_value') !== null) out.add(costLine(row, span, options))
      } else if (row.get('num_model_requests') !== null) out.add(usageLine(row, span))
    }
  },
}
