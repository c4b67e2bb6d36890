import { type ForeignFormat, type ForeignRow, type ForeignSpan, numberOf, objectOf, textOf, timeOf } from './span.ts'

const types = new Set([
  ...['SPAN', 'GENERATION', 'EVENT', 'AGENT', 'TOOL', 'CHAIN'],
  ...['RETRIEVER', 'EVALUATOR', 'EMBEDDING', 'GUARDRAIL'],
])

/**
 * Observations of Langfuse: the table's export (JSON, JSONL, CSV), pages of its API, or the JSON of one trace with its
 * observations. They become what Langfuse's SDKs send over OTLP (docs/import.md).
 */
export const langfuse: ForeignFormat = {
  name: 'langfuse',
  scope: 'langfuse-sdk',
  service: 'langfuse',
  matches: (row) => isObservation(row) || Array.isArray(row.observations),
  spansOf(row) {
    if (!Array.isArray(row.observations)) return isObservation(row) ? [spanOf(row, {})] : []
    return (row.observations as ForeignRow[]).filter(isObservation).map((one) => spanOf(one, row))
  },
  lacksKinds(row) {
    const rows = Array.isArray(row.observations) ? (row.observations as ForeignRow[]) : [row]
    return rows.some((one) => {
      const names = Object.keys(usageOf(one))
      return names.length > 0 && !names.some((name) => /cache|reasoning/.test(name))
    })
  },
}

function isObservation(row: ForeignRow): boolean {
  return types.has(String(row.type).toUpperCase()) && textOf(row, 'id') !== null && 'startTime' in row
}

function spanOf(row: ForeignRow, trace: ForeignRow): ForeignSpan {
  const startNs = timeOf(row.startTime) ?? 0n
  const type = String(row.type).toLowerCase()
  const level = textOf(row, 'level')
  const message = textOf(row, 'statusMessage')
  const parent = textOf(row, 'parentObservationId')
  return {
    trace: textOf(row, 'traceId') ?? textOf(trace, 'id') ?? textOf(row, 'id')!,
    span: textOf(row, 'id')!,
    parent,
    name: textOf(row, 'name') ?? type,
    startNs,
    endNs: timeOf(row.endTime) ?? (type === 'event' ? startNs : 0n),
    error: level === 'ERROR' ? (message ?? '') : null,
    attributes: {
      'langfuse.observation.type': type,
      'langfuse.observation.level': level,
      'langfuse.observation.status_message': message,
      'langfuse.observation.input': row.input,
      'langfuse.observation.output': row.output,
      'langfuse.observation.model.name': textOf(row, 'model', 'providedModelName'),
      'langfuse.observation.model.parameters': row.modelParameters,
      'langfuse.observation.usage_details': nonEmpty(usageOf(row)),
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
  const details = objectOf(row, 'usageDetails')
  if (Object.keys(details).length > 0) return numbersIn(details)
  const usage = objectOf(row, 'usage')
  const input = numberOf(usage, 'input', 'promptTokens') ?? numberOf(row, 'inputUsage', 'promptTokens', 'inputTokens')
  const output =
    numberOf(usage, 'output', 'completionTokens') ?? numberOf(row, 'outputUsage', 'completionTokens', 'outputTokens')
  const total = numberOf(usage, 'total', 'totalTokens') ?? numberOf(row, 'totalUsage', 'totalTokens')
  const known = { input, output, total }
  // exports write 0 where nothing is known
  if ((input ?? 0) + (output ?? 0) + (total ?? 0) === 0) return {}
  return numbersIn(known)
}

/**
 * The cost that the app gave Langfuse. The one that Langfuse has calculated is left out: the price list of the day of the
 * call says the same by part, and can be changed.
 */
function providedCost(row: ForeignRow): ForeignRow | null {
  const given = numbersIn(objectOf(row, 'providedCostDetails'))
  const names = Object.keys(given)
  if (names.length === 0) return null
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
