import { type BillLine, billLine } from '../bill.ts'
import { centsOf, countOf, dollarsOf } from '../decimal.ts'
import { type ExportObject, isObject, listIn, objectIn, textIn } from '../files/json-text.ts'
import { objectRow, type Row } from '../files/rows.ts'
import { apartLine, type ExportFormat, kindOf, type LineCollector, readTime } from './format.ts'

interface Bucket {
  readonly from: number
  readonly to: number
}

function bucketOf(object: ExportObject): Bucket {
  return { from: readTime(textIn(object.starting_at) ?? ''), to: readTime(textIn(object.ending_at) ?? '') }
}

/** Pages of the Admin API's `usage_report/messages` and `cost_report`, which Anthropic calls legacy. */
export const anthropicReports: ExportFormat = {
  name: 'anthropic',
  title: 'Anthropic usage and cost reports',
  source:
    'pages of `GET /v1/organizations/usage_report/messages` with `group_by[]=model`, and of `cost_report` with `group_by[]=description`',
  provider: /^anthropic$/,
  restates: true,
  matches: ({ documents }) =>
    documents.some(
      (document) => isObject(document) && listIn(document.data).some((bucket) => isReportBucket(objectIn(bucket))),
    ),
  async read({ documents }, out) {
    for (const document of documents) if (isObject(document)) readReportPage(document, out)
  },
}

function isReportBucket(bucket: ExportObject): boolean {
  return 'starting_at' in bucket && 'results' in bucket
}

function readReportPage(page: ExportObject, out: LineCollector): void {
  const times: number[] = []
  let series = 'usage'
  for (const object of listIn(page.data).map(objectIn)) {
    const bucket = bucketOf(object)
    times.push(bucket.from, bucket.to)
    out.covers(bucket.from, bucket.to)
    for (const result of listIn(object.results).map(objectIn)) {
      if ('amount' in result) series = 'cost'
      const row = objectRow(result)
      if ('amount' in result) out.add(costLine(row, row, bucket))
      else for (const line of usageLines(row, row, bucket)) out.add(line)
    }
  }
  if (times.length === 0) return
  const hasMore = page.has_more === true
  out.page({ series, from: Math.min(...times), to: Math.max(...times), hasMore, isByTime: true })
}

/** Pages of `analytics/usage` and `analytics/cost`, whose rows are sorted by size. */
export const anthropicAnalytics: ExportFormat = {
  name: 'anthropic-analytics',
  title: 'Anthropic usage and cost analytics',
  source:
    'pages of `GET /v1/organizations/analytics/usage` and `…/cost` with `time_bucket_width=1d` and `group_by[]=model`',
  provider: /^anthropic$/,
  restates: true,
  matches: ({ documents }) =>
    documents.some(
      (document) =>
        isObject(document) &&
        ('data_refreshed_at' in document || listIn(document.data).some((row) => 'group' in objectIn(row))),
    ),
  async read({ documents }, out) {
    for (const document of documents) if (isObject(document)) readAnalyticsPage(document, out)
  },
}

function readAnalyticsPage(page: ExportObject, out: LineCollector): void {
  const refreshed = textIn(page.data_refreshed_at)
  if (refreshed !== null) out.refreshed(readTime(refreshed))
  const times: number[] = []
  let series = 'usage'
  for (const object of listIn(page.data).map(objectIn)) {
    const bucket = bucketOf(object)
    times.push(bucket.from, bucket.to)
    out.covers(bucket.from, bucket.to)
    const group = objectRow(objectIn(object.group))
    if (group.get('rbac_group_id') !== null) {
      out.note('rows of rbac_group_id overlap: export without that group to compare them')
      continue
    }
    if (isObject(object.cost)) {
      series = 'cost'
      out.add(costLine(objectRow(object.cost), group, bucket))
    }
    if (isObject(object.usage)) for (const line of usageLines(objectRow(object.usage), group, bucket)) out.add(line)
  }
  if (times.length === 0) return
  const hasMore = page.has_more === true
  out.page({ series, from: Math.min(...times), to: Math.max(...times), hasMore, isByTime: false })
}

/** Products whose calls an app's traces can have; chat, seats and Claude Code are others. */
const apiProducts = /^(messages_api|message_batches_api|managed_agents_api|claude_platform.*|bedrock|vertex)$/

function otherProduct(group: Row): string | null {
  const product = group.get('product')
  return product === null || apiProducts.test(product) ? null : product
}

/** The lines of a row of usage: its tokens, and its web searches where there are any. */
function usageLines(row: Row, group: Row, bucket: Bucket): BillLine[] {
  const line = { ...bucket, ...groupsOf(group) }
  const product = otherProduct(group)
  const count = (...names: string[]) => countOf(row.get(...names) ?? '0')
  const read = count('cache_read_input_tokens')
  const short = count('cache_creation.ephemeral_5m_input_tokens')
  const long = count('cache_creation.ephemeral_1h_input_tokens')
  const requests = row.get('requests')
  const amounts = {
    ...(requests !== null && { requests: countOf(requests) }),
    input: count('uncached_input_tokens') + read + short + long,
    cache_read: read,
    cache_write: short + long,
    output: count('output_tokens'),
  }
  if (product !== null) return [apartLine({ ...line, series: 'usage', amounts }, 'other_product', product)]
  const searches = count('server_tool_use.web_search_requests')
  const usage = billLine({ series: 'usage', ...line, amounts, longWrites: long })
  return searches === 0n
    ? [usage]
    : [usage, apartLine({ ...line, series: 'usage', amounts: { requests: searches } }, 'not_tokens', 'web_search')]
}

function costLine(row: Row, group: Row, bucket: Bucket): BillLine {
  const cost = centsOf(row.get('amount') ?? '0')
  const list = row.get('list_amount')
  const type = group.get('cost_type') ?? row.get('cost_type')
  const description = row.get('description')
  const groups = groupsOf(group)
  const line = { ...bucket, ...groups, amounts: { cost }, listCost: list === null ? null : centsOf(list) }
  const product = otherProduct(group)
  if (product !== null) return apartLine(line, 'other_product', product)
  if (type !== null && type !== 'tokens') return apartLine(line, 'not_tokens', type)
  if (cost < 0n) return apartLine(line, 'discount_or_credit', description ?? 'a credit')
  const tokens = group.get('token_type')
  if (groups.model === null && description !== null) return apartLine(line, 'not_tokens', description)
  return billLine({ series: 'cost', ...line, kind: tokens === null ? null : kindOf(tokens) })
}

function groupsOf(group: Row): Pick<BillLine, 'model' | 'project' | 'key' | 'user' | 'tier' | 'isLong'> {
  const window = group.get('context_window')
  return {
    model: group.get('model'),
    project: group.get('workspace_id'),
    key: group.get('api_key_id'),
    user: group.get('account_id', 'actor'),
    tier: group.get('service_tier'),
    isLong: window === null ? null : isLongWindow(window),
  }
}

/** `0-200k`, `200k-1M`; the Console writes `≤ 200k` and `> 200k`. */
function isLongWindow(window: string): boolean {
  return !/^(0\s*-|≤|<=|<|up to)/.test(window)
}

/** The CSV files of the Console, of usage and of cost, in dollars. Keys and workspaces are names. */
export const anthropicCsv: ExportFormat = {
  name: 'anthropic-csv',
  title: "Anthropic's Console (CSV)",
  source: 'the exports of usage and of cost in the Console',
  provider: /^anthropic$/,
  restates: true,
  matches: ({ documents, columns }) => documents.length === 0 && columns.has('usagedateutc'),
  async read({ columns, rows }, out) {
    for await (const row of rows) {
      const from = Math.floor(readTime(row.get('usage_date_utc') ?? '') / 86_400_000) * 86_400_000
      const span = { from, to: from + 86_400_000 }
      out.covers(span.from, span.to)
      out.add(columns.has('costusd') ? consoleCost(row, span) : consoleUsage(row, span))
    }
  },
}

function consoleGroups(row: Row): Pick<BillLine, 'model' | 'project' | 'key' | 'tier' | 'isLong'> {
  const window = row.get('context_window')
  return {
    model: row.get('model_version', 'model'),
    project: row.get('workspace'),
    key: row.get('api_key'),
    tier: row.get('usage_type', 'service_tier'),
    isLong: window === null ? null : isLongWindow(window),
  }
}

function consoleUsage(row: Row, span: Bucket): BillLine {
  const count = (...names: string[]) => countOf(row.get(...names) ?? '0')
  const read = count('usage_input_tokens_cache_read')
  const long = row.get('usage_input_tokens_cache_write_1h')
  const written = count('usage_input_tokens_cache_write_5m', 'usage_input_tokens_cache_write') + countOf(long ?? '0')
  return billLine({
    series: 'usage',
    ...span,
    ...consoleGroups(row),
    amounts: {
      input: count('usage_input_tokens_no_cache') + read + written,
      cache_read: read,
      cache_write: written,
      output: count('usage_output_tokens'),
    },
    longWrites: long === null ? null : countOf(long),
  })
}

function consoleCost(row: Row, span: Bucket): BillLine {
  const dollars = dollarsOf
  const cost = dollars(row.get('cost_usd') ?? '0')
  const list = row.get('list_price_usd')
  const line = { ...span, ...consoleGroups(row), amounts: { cost }, listCost: list === null ? null : dollars(list) }
  const type = row.get('cost_type')
  if (type !== null && !/token/i.test(type)) return apartLine(line, 'not_tokens', type)
  if (cost < 0n) return apartLine(line, 'discount_or_credit', type ?? 'a credit')
  const tokens = row.get('token_type')
  return billLine({ series: 'cost', ...line, kind: tokens === null ? null : kindOf(tokens) })
}
