import {
  type BilledCall,
  byDayAndModel,
  centsText,
  costOf,
  csvLine,
  dayMs,
  dayStart,
  daysOf,
  dayText,
  dollarsText,
  type Kind,
  kinds,
  tokensOf,
  wholeCostOf,
} from './billed-calls.ts'

interface Page {
  data: Record<string, unknown>[]
  has_more: boolean
  next_page: string | null
  data_refreshed_at?: string
}

const noGroups = { workspace_id: null, api_key_id: null, service_tier: null, context_window: null, inference_geo: null }

function usageOf(call: BilledCall) {
  const tokens = tokensOf(call)
  return {
    uncached_input_tokens: tokens.input,
    cache_creation: { ephemeral_5m_input_tokens: tokens.written, ephemeral_1h_input_tokens: tokens.longWritten },
    cache_read_input_tokens: tokens.cached,
    output_tokens: tokens.output,
    server_tool_use: { web_search_requests: 0 },
  }
}

function bucketPages(calls: readonly BilledCall[], results: (call: BilledCall) => Record<string, unknown>[]): Page[] {
  const buckets = daysOf(calls).map((day) => ({
    starting_at: new Date(day).toISOString(),
    ending_at: new Date(day + dayMs).toISOString(),
    results: calls.filter(({ at }) => dayStart(at) === day).flatMap(results),
  }))
  const size = Math.ceil(buckets.length / 2)
  const pages = [buckets.slice(0, size), buckets.slice(size)].filter((data) => data.length > 0)
  return pages.map((data, i) => ({
    data,
    has_more: i < pages.length - 1,
    next_page: i < pages.length - 1 ? `page_${i + 1}` : null,
  }))
}

/** Pages of the legacy usage report, which has no requests. */
export function anthropicUsage(calls: readonly BilledCall[]): Page[] {
  return bucketPages(byDayAndModel(calls), (call) => [{ ...usageOf(call), ...noGroups, model: call.model }])
}

const tokenTypes: Readonly<Record<Kind, string>> = {
  input: 'uncached_input_tokens',
  cached: 'cache_read_input_tokens',
  written: 'cache_creation.ephemeral_5m_input_tokens',
  longWritten: 'cache_creation.ephemeral_1h_input_tokens',
  output: 'output_tokens',
}

/** Pages of the legacy cost report, grouped by description: cents as text. */
export function anthropicCosts(calls: readonly BilledCall[]): Page[] {
  return bucketPages(byDayAndModel(calls), (call) =>
    kinds
      .filter((kind) => costOf(call, kind) !== 0n)
      .map((kind) => ({
        currency: 'USD',
        amount: centsText(costOf(call, kind)),
        workspace_id: null,
        description: `${call.model} Usage - ${tokenTypes[kind]}`,
        cost_type: 'tokens',
        context_window: '0-200k',
        model: call.model,
        service_tier: 'standard',
        token_type: tokenTypes[kind],
      })),
  )
}

function analyticsPages(rows: Record<string, unknown>[], refreshedAt: number): Page[] {
  const size = Math.ceil(rows.length / 2)
  const pages = [rows.slice(0, size), rows.slice(size)].filter((data) => data.length > 0)
  return pages.map((data, i) => ({
    data,
    has_more: i < pages.length - 1,
    next_page: i < pages.length - 1 ? `page_${i + 1}` : null,
    data_refreshed_at: new Date(refreshedAt).toISOString(),
  }))
}

function analyticsGroup(model: string, product = 'messages_api') {
  return {
    actor: null,
    api_key_id: null,
    model,
    workspace_id: null,
    service_tier: null,
    product,
    cost_type: null,
    token_type: null,
  }
}

/** Pages of the usage analytics, sorted by size and not by time. */
export function anthropicAnalyticsUsage(calls: readonly BilledCall[], refreshedAt: number): Page[] {
  const rows = byDayAndModel(calls)
    .sort((a, b) => b.input - a.input)
    .map((call) => ({
      starting_at: new Date(call.at).toISOString(),
      ending_at: new Date(call.at + dayMs).toISOString(),
      group: analyticsGroup(call.model),
      usage: { ...usageOf(call), total_tokens: call.input + call.output, requests: call.requests },
    }))
  return analyticsPages(rows, refreshedAt)
}

/** Pages of the cost analytics; `discount` is the part of the list price that is asked, in percent. */
export function anthropicAnalyticsCosts(calls: readonly BilledCall[], refreshedAt: number, discount = 100n): Page[] {
  const rows = byDayAndModel(calls).map((call) => ({
    starting_at: new Date(call.at).toISOString(),
    ending_at: new Date(call.at + dayMs).toISOString(),
    group: analyticsGroup(call.model),
    cost: {
      amount: centsText((wholeCostOf(call) * discount) / 100n),
      list_amount: centsText(wholeCostOf(call)),
      currency: 'USD',
      requests: call.requests,
    },
  }))
  return analyticsPages(rows, refreshedAt)
}

/** The Console's CSV of usage, with the sign that is not ASCII. */
export function consoleUsageCsv(calls: readonly BilledCall[]): string[] {
  const head =
    'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed'
  const lines = byDayAndModel(calls).map((call) => {
    const tokens = tokensOf(call)
    return csvLine([
      ...[dayText(call.at), call.model, 'app-key', 'Default', 'standard', '≤ 200k'],
      ...[tokens.input, tokens.written, tokens.longWritten, tokens.cached, tokens.output, 0, 'global', ''],
    ])
  })
  return [head, ...lines]
}

/** The Console's CSV of cost, in dollars. */
export function consoleCostCsv(calls: readonly BilledCall[]): string[] {
  const head =
    'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed'
  const lines = byDayAndModel(calls).flatMap((call) =>
    kinds
      .filter((kind) => costOf(call, kind) !== 0n)
      .map((kind) => {
        const dollars = dollarsText(costOf(call, kind))
        return csvLine([
          ...[dayText(call.at), call.model, 'Default', 'app-key', 'standard', '≤ 200k', tokenTypes[kind]],
          ...[dollars, dollars, 'tokens', 'global', ''],
        ])
      }),
  )
  return [head, ...lines]
}
