import type { UsageRow } from '../../settle/model/rows.ts'
import type { Column } from '../../store/tables/table.ts'

interface Entry {
  readonly row: UsageRow
}

/** A nullable counter of a call. */
function counter(name: string, of: (row: UsageRow) => number | null): Column<Entry> {
  return { name, type: 'int4', nullable: true, value: ({ row }) => of(row) }
}

/** A nullable text of a call. */
function text(name: string, length: number, of: (row: UsageRow) => string | null): Column<Entry> {
  return { name, type: 'text', length, nullable: true, value: ({ row }) => of(row) }
}

/** The columns of token_usage that a bill names, and those that say where a cost comes from. */
export const billColumns: readonly Column<Entry>[] = [
  text('trace_id', 32, ({ place }) => place.trace),
  text('response_id', 255, ({ responseId }) => responseId),
  text('request_model', 255, ({ requestModel }) => requestModel),
  counter('duration_ms', ({ durationMs }) => durationMs),
  { name: 'error', type: 'text', nullable: true, value: ({ row }) => row.error },
  counter('reasoning_tokens', ({ reasoning, completion }) => within(reasoning, completion)),
  counter('cache_creation_5m_tokens', shortWrites),
  counter('cache_creation_1h_tokens', longWrites),
  counter('audio_input_tokens', ({ parts, prompt }) => within(parts?.audioInput, prompt)),
  counter('audio_output_tokens', ({ parts, completion }) => within(parts?.audioOutput, completion)),
  counter('image_input_tokens', ({ parts, prompt }) => within(parts?.imageInput, prompt)),
  counter('image_output_tokens', ({ parts, completion }) => within(parts?.imageOutput, completion)),
  counter('web_searches', ({ parts }) => parts?.webSearches ?? null),
  text('service_tier', 50, ({ parts }) => parts?.serviceTier ?? null),
  { name: 'batch', type: 'boolean', nullable: true, value: ({ row }) => isBatch(row) },
  text('api_key_id', 255, ({ account }) => account?.apiKey ?? null),
  text('project_id', 255, ({ account }) => account?.project ?? null),
  text('price_source', 20, ({ price }) => price.source),
  { name: 'price_list_date', type: 'date', nullable: true, value: ({ row }) => row.price.listDate },
  {
    name: 'cost_parts',
    type: 'jsonb',
    nullable: true,
    value: ({ row: { price } }) => price.parts && JSON.stringify(price.parts),
  },
  { name: 'unpriced', type: 'boolean', value: ({ row }) => row.unpriced },
]

/** A part is at most its whole, as it is priced. */
function within(part: number | null | undefined, whole: number): number | null {
  return part === null || part === undefined ? null : Math.min(part, whole)
}

function longWrites({ parts, cacheWrite }: UsageRow): number | null {
  return within(parts?.cacheWrite1h, cacheWrite)
}

/** Cache writes that do not live an hour live five minutes. */
function shortWrites(row: UsageRow): number | null {
  const long = longWrites(row)
  return long === null ? null : row.cacheWrite - long
}

function isBatch({ parts }: UsageRow): boolean | null {
  const tier = parts?.serviceTier ?? null
  return tier === null ? null : /batch/i.test(tier)
}
