import { type BillLine, billLine } from '../bill.ts'
import { countOf, dollarsOf } from '../decimal.ts'
import { isObject, parseExportJson, textIn } from '../files/json-text.ts'
import { objectRow, type Row } from '../files/rows.ts'
import { dayAround, type ExportFormat, readTime } from './format.ts'

/** The calls that a LiteLLM proxy has written down. It is no invoice, but a third witness. */
export const litellmSpendLogs: ExportFormat = {
  name: 'litellm',
  title: "LiteLLM's spend logs",
  source: 'rows of `LiteLLM_SpendLogs` as CSV or JSON, or pages of `/spend/logs/v2`',
  provider: null,
  restates: true,
  matches: ({ columns }) => columns.has('requestid') && columns.has('spend') && columns.has('starttime'),
  async read({ rows, documents }, out) {
    for await (const row of rows) {
      const line = lineOf(row)
      const day = dayAround(line.from)
      out.covers(day.from, day.to)
      // a call that failed without tokens costs nothing
      if (row.get('status') !== 'failure' || line.amounts.cost !== 0n) out.add(line)
    }
    for (const document of documents) {
      if (!isObject(document)) continue
      const [page, last] = [textIn(document.page), textIn(document.total_pages)]
      if (page === null || last === null) continue
      out.page({ series: 'logs', from: 0, to: 0, hasMore: Number(page) < Number(last), isByTime: false })
    }
  },
}

function lineOf(row: Row): BillLine {
  const at = readTime(row.get('endTime', 'startTime') ?? '')
  const metadata = metadataOf(row)
  const read = cacheTokens(metadata, readNames)
  const written = cacheTokens(metadata, writtenNames)
  return billLine({
    series: 'calls',
    from: at,
    to: at,
    model: row.get('model', 'model_group'),
    project: row.get('team_id'),
    key: row.get('api_key'),
    user: row.get('end_user', 'user'),
    amounts: {
      requests: 1n,
      input: countOf(row.get('prompt_tokens') ?? '0'),
      ...(read !== null && { cache_read: read }),
      ...(written !== null && { cache_write: written }),
      output: countOf(row.get('completion_tokens') ?? '0'),
      cost: dollarsOf(row.get('spend') ?? '0'),
    },
    id: row.get('request_id'),
  })
}

/** The metadata are an object in JSON, and its text in CSV. */
function metadataOf(row: Row): Row {
  const text = row.get('metadata')
  if (text === null || !text.startsWith('{')) return row
  const [metadata] = parseExportJson(text)
  return isObject(metadata) ? objectRow({ metadata }) : row
}

const readNames = [
  'metadata.usage_object.prompt_tokens_details.cached_tokens',
  'metadata.usage_object.cache_read_input_tokens',
  'metadata.additional_usage_values.cache_read_input_tokens',
  'metadata.additional_usage_values.prompt_tokens_details.cached_tokens',
]
const writtenNames = [
  'metadata.usage_object.cache_creation_input_tokens',
  'metadata.additional_usage_values.cache_creation_input_tokens',
]

function cacheTokens(metadata: Row, names: readonly string[]): bigint | null {
  const text = metadata.get(...names)
  return text === null ? null : countOf(text)
}
