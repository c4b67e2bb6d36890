import {
  type BilledCall,
  byDayAndModel,
  costOf,
  csvLine,
  dayMs,
  dayStart,
  daysOf,
  dollarsText,
  type Kind,
  kinds,
  tokensOf,
  wholeCostOf,
} from './billed-calls.ts'

type Page = { has_more: boolean; next_page: string | null; data: Bucket[] } & Record<string, unknown>
interface Bucket {
  readonly start_time: number
  readonly end_time: number
  results: Record<string, unknown>[]
}

function pagesOf(calls: readonly BilledCall[], results: (call: BilledCall) => Record<string, unknown>[]): Page[] {
  const buckets = daysOf(calls).map((day) => ({
    object: 'bucket',
    start_time: day / 1000,
    end_time: (day + dayMs) / 1000,
    results: calls.filter(({ at }) => dayStart(at) === day).flatMap(results),
  }))
  const size = Math.ceil(buckets.length / 2)
  const pages = [buckets.slice(0, size), buckets.slice(size)].filter((data) => data.length > 0)
  return pages.map((data, i) => ({
    object: 'page',
    data,
    has_more: i < pages.length - 1,
    next_page: i < pages.length - 1 ? `page_${i + 1}` : null,
  }))
}

/** Pages of the usage API, grouped by model: an empty bucket a day without calls, null in what was not grouped by. */
export function openaiUsage(calls: readonly BilledCall[]): Page[] {
  const isEmbedding = ({ model }: BilledCall) => model.includes('embedding')
  return [
    ...usagePages(
      calls.filter((call) => !isEmbedding(call)),
      'completions',
    ),
    ...usagePages(calls.filter(isEmbedding), 'embeddings'),
  ]
}

function usagePages(calls: readonly BilledCall[], kind: string): Page[] {
  return pagesOf(byDayAndModel(calls), (call) => [
    {
      object: `organization.usage.${kind}.result`,
      input_tokens: call.input,
      input_cached_tokens: call.cached,
      input_cache_write_tokens: call.written,
      output_tokens: call.output,
      num_model_requests: call.requests,
      model: call.model,
      project_id: null,
      user_id: null,
      api_key_id: null,
      batch: null,
      service_tier: null,
    },
  ])
}

const itemNames: Readonly<Record<Kind, string>> = {
  input: 'input_tokens',
  cached: 'input_cached_tokens',
  written: 'input_cache_write_tokens',
  longWritten: 'input_cache_write_12h_tokens',
  output: 'output_tokens',
}

/** The lines of a call that cost something: the line item, its dollars and its tokens. */
function itemsOf(call: BilledCall): { item: string; nano: bigint; tokens: number }[] {
  return kinds.flatMap((kind) => {
    const nano = costOf(call, kind)
    return nano === 0n ? [] : [{ item: `${call.model}, ${itemNames[kind]}`, nano, tokens: tokensOf(call)[kind] }]
  })
}

/** Pages of the costs API, grouped by line item. */
export function openaiCosts(calls: readonly BilledCall[]): Page[] {
  return pagesOf(byDayAndModel(calls), (call) =>
    itemsOf(call).map(({ item, nano, tokens }) => ({
      object: 'organization.costs.result',
      amount: { value: `${dollarsText(nano, 17)}`, currency: 'usd' },
      line_item: item,
      project_id: null,
      quantity: tokens,
      quantity_unit: 'tokens',
    })),
  )
}

/** The dashboard's CSV of usage: counters as floats, each row in two, a day without calls with its times alone. */
export function openaiUsageCsv(calls: readonly BilledCall[]): string[] {
  const sums = byDayAndModel(calls)
  const head =
    'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_cache_write_tokens'
  const lines = daysOf(calls).flatMap((day) => {
    const times = [day / 1000, (day + dayMs) / 1000, new Date(day).toISOString(), new Date(day + dayMs).toISOString()]
    const own = sums.filter(({ at }) => at === day)
    if (own.length === 0) return [csvLine([...times, ...Array.from({ length: 12 }, () => '')])]
    return own.flatMap((call) =>
      halves(call).map((half) =>
        csvLine([
          ...times,
          'proj_1',
          `${half.requests}.0`,
          '',
          '',
          half.model,
          'False',
          'default',
          ...[half.input, half.output, half.cached, half.input - half.cached, half.written].map((n) => `${n}.0`),
        ]),
      ),
    )
  })
  return [head, ...lines]
}

/** A call in two rows of equal keys, as the dashboard splits by what it does not show. */
function halves(call: BilledCall): BilledCall[] {
  const half = (n: number) => Math.floor(n / 2)
  const one = {
    ...call,
    requests: half(call.requests),
    input: half(call.input),
    cached: half(call.cached),
    written: half(call.written),
    longWritten: half(call.longWritten),
    output: half(call.output),
  }
  const rest = (key: 'requests' | 'input' | 'cached' | 'written' | 'longWritten' | 'output') => call[key] - one[key]
  const other = {
    ...call,
    requests: rest('requests'),
    input: rest('input'),
    cached: rest('cached'),
    written: rest('written'),
    longWritten: rest('longWritten'),
    output: rest('output'),
  }
  return [one, other]
}

/** The dashboard's CSV of costs, with commas in quoted line items. */
export function openaiCostCsv(calls: readonly BilledCall[]): string[] {
  const sums = byDayAndModel(calls)
  const head =
    'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name'
  const lines = daysOf(calls).flatMap((day) => {
    const times = [day / 1000, (day + dayMs) / 1000, new Date(day).toISOString(), new Date(day + dayMs).toISOString()]
    const own = sums.filter(({ at }) => at === day)
    if (own.length === 0) return [csvLine([...times, '', '', '', '', '', ''])]
    return own.flatMap((call) =>
      itemsOf(call).map(({ item, nano }) =>
        csvLine([...times, dollarsText(nano, 17), 'usd', item, 'proj_1', 'org_1', 'Example']),
      ),
    )
  })
  return [head, ...lines]
}

/** The generic table of docs/reconcile.md. */
export function genericCsv(calls: readonly BilledCall[]): string[] {
  const head = 'date,model,requests,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens,cost_usd'
  const lines = byDayAndModel(calls).map((call) =>
    csvLine([
      new Date(call.at).toISOString().slice(0, 10),
      call.model,
      call.requests,
      call.input,
      call.cached,
      call.written,
      call.output,
      dollarsText(wholeCostOf(call)),
    ]),
  )
  return [head, ...lines]
}
