import { type ForeignFormat, type ForeignRow, jsonText, objectOf, parsed, textOf, timeOf } from './span.ts'

const prefix = 'attributes.'
/** Attributes of OpenInference whose value is JSON text, and which Phoenix shows as objects. */
const texts = new Set(['metadata', 'llm.invocation_parameters', 'tool.parameters', 'input.value', 'output.value'])

/**
 * Spans of Phoenix: its data frame (`get_spans_dataframe()`) as Parquet, JSON, JSONL or CSV, or pages of its API. They become
 * the spans of OpenInference that they were (docs/import.md).
 */
export const phoenix: ForeignFormat = {
  name: 'phoenix',
  scope: 'openinference.phoenix',
  service: 'phoenix',
  matches: (row) => idOf(row, 'span_id') !== null && 'start_time' in row,
  spansOf(row) {
    const span = idOf(row, 'span_id')
    if (span === null) return []
    const startNs = timeOf(row.start_time) ?? 0n
    return [
      {
        trace: idOf(row, 'trace_id') ?? span,
        span,
        parent: textOf(row, 'parent_id', 'parentId'),
        name: textOf(row, 'name') ?? '',
        startNs,
        endNs: timeOf(row.end_time) ?? 0n,
        error: row.status_code === 'ERROR' ? (textOf(row, 'status_message') ?? '') : null,
        attributes: { ...attributesOf(row), 'openinference.span.kind': textOf(row, 'span_kind', 'spanKind') },
        events: eventsOf(row, startNs),
      },
    ]
  },
  lacksKinds(row) {
    const attributes = attributesOf(row)
    const hasTokens = 'llm.token_count.prompt' in attributes
    return hasTokens && !Object.keys(attributes).some((name) => name.startsWith('llm.token_count.prompt_details.'))
  },
}

/** An id of a span's context: a column of its own in data frames, an object in the API. */
function idOf(row: ForeignRow, name: 'span_id' | 'trace_id'): string | null {
  return textOf(row, `context.${name}`) ?? textOf(objectOf(row, 'context'), name)
}

/** The attributes as OpenInference writes them: `llm.input_messages.0.message.role`. */
function attributesOf(row: ForeignRow): Record<string, unknown> {
  const flat: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(objectOf(row, 'attributes'))) flatten(name, value, flat)
  for (const [name, value] of Object.entries(row))
    if (name.startsWith(prefix)) flatten(name.slice(prefix.length), parsedList(value), flat)
  return flat
}

/** A list that CSV has as text. */
function parsedList(value: unknown): unknown {
  const read = parsed(value)
  return Array.isArray(read) ? read : value
}

function flatten(name: string, value: unknown, into: Record<string, unknown>): void {
  if (value === null || value === undefined) return
  if (typeof value !== 'object' || texts.has(name)) {
    // data frames have NaN, and numbers as floats, where other rows have nothing
    if (!(typeof value === 'number' && Number.isNaN(value))) into[name] = texts.has(name) ? jsonText(value) : value
    return
  }
  const isPlainList = Array.isArray(value) && value.every((one) => typeof one !== 'object')
  if (isPlainList) into[name] = value
  else for (const [key, inner] of Object.entries(value)) flatten(`${name}.${key}`, inner, into)
}

function eventsOf(row: ForeignRow, startNs: bigint) {
  const list = parsed(row.events)
  if (!Array.isArray(list)) return []
  return (list as ForeignRow[]).map((event) => ({
    name: textOf(event, 'name') ?? '',
    timeNs: timeOf(event.timestamp) ?? startNs,
    attributes: objectOf(event, 'attributes'),
  }))
}
