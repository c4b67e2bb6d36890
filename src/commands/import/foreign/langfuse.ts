import { type ForeignFormat, type ForeignRow, type ForeignSpan, numberOf, objectOf, textOf, timeOf } from './span.ts'

const types = new Set([
  ...['SPAN', 'GENERATION', 'EVENT', 'AGENT', 'TOOL', 'CHAIN'],
  ...['RETRIEVER', 'EVALUATOR', 'EMBEDDING', 'GUARDRAIL'],
])

/** One observation, with the trace that its file names beside it; an empty one where there is none. */
interface Observation {
  readonly row: ForeignRow
  readonly trace: ForeignRow
  /** The ids of all observations of the trace; null where they are not known. */
  readonly ids: ReadonlySet<string> | null
}

/**
 * Observations of Langfuse: the table's export (JSON, JSONL, CSV), pages of its API, a trace with its observations as the
 * API answers or the page downloads it, and the export into a bucket. They become what Langfuse's SDKs send over OTLP
 * (docs/import.md).
 */
export const langfuse: ForeignFormat = {
  name: 'langfuse',
  scope: 'langfuse-sdk',
  service: 'langfuse',
  matches: (row) => observationsIn(row).length > 0 || isTraceAlone(row),
  spansOf: (row) => observationsIn(row).map(spanOf),
  lacksKinds: (row) =>
    observationsIn(row).some((one) => {
      const names = Object.keys(usageOf(one.row))
      return names.length > 0 && !names.some((name) => /cache|reasoning|_details$/.test(name))
    }),
}

function observationsIn(row: ForeignRow): Observation[] {
  if (!Array.isArray(row.observations)) {
    const one = inCamelCase(row)
    return isObservation(one) ? [{ row: one, trace: {}, ids: null }] : []
  }
  // a download has the trace beside its observations, the API has them in it
  const trace = isObject(row.trace) ? row.trace : row
  const all = (row.observations as unknown[]).filter(isObject).map(inCamelCase).filter(isObservation)
  const ids = new Set(all.map((one) => textOf(one, 'id')!))
  return all.map((one) => ({ row: one, trace, ids }))
}

/** A trace in which nothing was observed. */
function isTraceAlone(row: ForeignRow): boolean {
  return Array.isArray(row.observations) && row.observations.length === 0
}

function isObject(value: unknown): value is ForeignRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The export into a bucket names its columns as the table does: `start_time`. */
function inCamelCase(row: ForeignRow): ForeignRow {
  if (!('start_time' in row && 'trace_id' in row)) return row
  const renamed = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed(name), value]))
}

function isObservation(row: ForeignRow): boolean {
  return types.has(String(row.type).toUpperCase()) && textOf(row, 'id') !== null && 'startTime' in row
}

function spanOf({ row, trace, ids }: Observation): ForeignSpan {
  const startNs = timeOf(row.startTime) ?? 0n
  const type = String(row.type).toLowerCase()
  const level = textOf(row, 'level')
  const message = textOf(row, 'statusMessage')
  const parent = textOf(row, 'parentObservationId')
  const usage = usageOf(row)
  // a call that its app has not ended states its counters all the same
  const isAtOnce = type === 'event' || hasCounts(usage)
  return {
    trace: textOf(row, 'traceId') ?? textOf(trace, 'id') ?? textOf(row, 'id')!,
    span: textOf(row, 'id')!,
    parent,
    // what Langfuse has not received belongs to an app that does not report to it
    isParentRemote: parent !== null && ids !== null && !ids.has(parent),
    name: textOf(row, 'name') ?? type,
    startNs,
    endNs: timeOf(row.endTime) ?? (isAtOnce ? startNs : 0n),
    error: level === 'ERROR' ? (message ?? '') : null,
    attributes: {
      'langfuse.observation.type': type,
      'langfuse.observation.level': level,
      'langfuse.observation.status_message': message,
      'langfuse.observation.input': row.input,
      'langfuse.observation.output': row.output,
      'langfuse.observation.model.name': textOf(row, 'model', 'providedModelName'),
      'langfuse.observation.model.parameters': row.modelParameters,
      'langfuse.observation.usage_details': nonEmpty(usage),
      'langfuse.observation.cost_details': providedCost(row),
      'langfuse.internal.is_app_root': row.isRootObservation === true && parent !== null ? true : null,
      ...prefixed('langfuse.observation.metadata.', objectOf(row, 'metadata')),
      ...ofTrace(row, trace, parent === null),
    },
  }
}

/** What the trace says of the run; its input and output belong to the observations without a parent. */
function ofTrace(row: ForeignRow, trace: ForeignRow, isRoot: boolean): ForeignRow {
  return {
    'langfuse.trace.name': textOf(row, 'traceName') ?? textOf(trace, 'name'),
    'user.id': textOf(row, 'userId') ?? textOf(trace, 'userId'),
    'session.id': textOf(row, 'sessionId') ?? textOf(trace, 'sessionId'),
    'langfuse.environment': textOf(row, 'environment') ?? textOf(trace, 'environment'),
    'langfuse.release': textOf(row, 'release') ?? textOf(trace, 'release'),
    ...(isRoot && { 'langfuse.trace.input': trace.input, 'langfuse.trace.output': trace.output }),
    ...prefixed('langfuse.trace.metadata.', objectOf(trace, 'metadata')),
  }
}

/** The counters under Langfuse's names, whose buckets do not overlap; those of earlier versions have no kinds. */
function usageOf(row: ForeignRow): ForeignRow {
  const details = numbersIn(objectOf(row, 'usageDetails'))
  if (hasCounts(details)) return withinSums(details)
  const usage = objectOf(row, 'usage')
  const input = numberOf(usage, 'input', 'promptTokens') ?? numberOf(row, 'inputUsage', 'promptTokens', 'inputTokens')
  const output =
    numberOf(usage, 'output', 'completionTokens') ?? numberOf(row, 'outputUsage', 'completionTokens', 'outputTokens')
  const total = numberOf(usage, 'total', 'totalTokens') ?? numberOf(row, 'totalUsage', 'totalTokens')
  const known = numbersIn({ input, output, total })
  return hasCounts(known) ? known : {}
}

/** Exports write 0 where nothing is known, for spans that are no calls too. */
function hasCounts(counters: ForeignRow): boolean {
  return Object.values(counters).some((count) => count !== 0)
}

/**
 * The counters of OpenInference, which Langfuse keeps under their own names, are within input and output, unlike its
 * buckets: they are written as a provider's details, which are so too.
 */
function withinSums(details: ForeignRow): ForeignRow {
  const names = Object.keys(details)
  if (!names.some((name) => /^(prompt|completion)_details\./.test(name))) return details
  return {
    input_tokens: details.input,
    output_tokens: details.output,
    total_tokens: details.total,
    input_tokens_details: {
      cached_tokens: details['prompt_details.cache_read'],
      cache_write_tokens: details['prompt_details.cache_write'],
    },
    output_tokens_details: { reasoning_tokens: details['completion_details.reasoning'] },
  }
}

/**
 * The cost that the app gave Langfuse. The one that Langfuse has calculated is left out: the price list of the day of the
 * call says the same by part, and can be changed. Rows of its version 2 say that 0 was given where it has calculated more.
 */
function providedCost(row: ForeignRow): ForeignRow | null {
  const given = numbersIn(objectOf(row, 'providedCostDetails'))
  const names = Object.keys(given)
  if (names.length === 0 || (!hasCounts(given) && hasCounts(numbersIn(objectOf(row, 'costDetails'))))) return null
  const sum = Object.entries(given).reduce((all, [name, cost]) => (name === 'total' ? all : all + Number(cost)), 0)
  return { ...given, total: given.total ?? sum }
}

function numbersIn(object: ForeignRow): ForeignRow {
  return Object.fromEntries(
    Object.keys(object).flatMap((name) => {
      const number = numberOf(object, name)
      return number === null ? [] : [[name, number]]
    }),
  )
}

function nonEmpty(object: ForeignRow): ForeignRow | null {
  return Object.keys(object).length === 0 ? null : object
}

function prefixed(prefix: string, object: ForeignRow): ForeignRow {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [`${prefix}${name}`, value]))
}
