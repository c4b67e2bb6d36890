import { createHash } from 'node:crypto'
import type { LogRecord } from '../decode/span.ts'
import { createDetector } from './detect.ts'
import type { Dialect, EventRule } from './dialect.ts'
import { dialects } from './dialects/index.ts'
import { plain } from './dialects/plain.ts'
import { recordEvent } from './events.ts'
import type { Facts } from './facts.ts'
import { columnSize, defaultLimits, fitText, fitTime } from './fit.ts'
import { hearRecord, ruleOf } from './hear.ts'
import type { MapOptions } from './options.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { asName, type Reading } from './reading.ts'
import { agentOf, originOf, serviceOf, sharedWorkflow, toolOf, workflowOf } from './span.ts'
import { statementsOf } from './statements.ts'
import { usageOf } from './usage.ts'

const detector = createDetector(dialects)

/**
 * One log record, reduced likewise. Only an event that its dialect knows by name says more than whose run it belongs
 * to: an application's own records may repeat any attribute of a span, and would count it twice.
 */
export function mapRecord(record: LogRecord, options: MapOptions): Facts {
  const limits = options.limits ?? defaultLimits
  const name = eventNameOf(record)
  const service = serviceOf(record)
  const reading = readingOf(record, name, options)
  const known = knownEvent(reading)
  const dialect = known?.dialect ?? plain
  const kind = known?.rule.kind ?? 'plain'
  const workflowId = workflowOf(reading, dialect, options)
  const digest = options.digest(record)
  const trace = record.traceId || traceOf(workflowId, digest)
  const timeNs = fitTime(record.timeUnixNano === 0n ? record.observedTimeUnixNano : record.timeUnixNano)
  const talk = known === null ? null : hearRecord(reading, dialect, known.rule, limits.text)
  const ended: Outcome =
    known === null ? { outcome: 'ok', error: null } : outcomeOf(reading, unset, dialect, limits.text)
  const role = known?.rule.usage
  const ids = { trace, span: record.spanId }
  return {
    tenant: options.tenant,
    source: 'record',
    trace,
    id: digest.slice(0, 32),
    parent: record.spanId,
    remoteParent: false,
    startNs: timeNs,
    endNs: timeNs,
    attributeCount: record.attributes.size,
    digest,
    name: fitText(name, columnSize.name),
    kind,
    dialect: kind === 'plain' && workflowId === null ? '' : dialect.name,
    spanKind: 0,
    origin: originOf(record.scope.name, service),
    service,
    workflowId,
    agent: kind === 'plain' ? null : agentOf(reading, dialect),
    ...ended,
    statements: statementsOf({ reading, dialect, kind, talk, source: 'record' }, plain.fields, limits.text),
    usage: role === undefined ? null : usageOf(reading, dialect, kind, role),
    tool: kind === 'tool' ? toolOf(reading, dialect, ended, limits) : null,
    asks: talk === null ? [] : [...talk.asks.values()],
    answers: talk === null ? [] : [...talk.answers.values()],
    events: name === '' ? [] : [recordEvent(name, ids, record.body, record.attributes, timeNs, limits)],
  }
}

const unset = { code: 0, message: '' }

/** A field of its own since OTLP 1.5, an attribute before. */
function eventNameOf(record: LogRecord): string {
  if (record.eventName !== '') return record.eventName
  const name = record.attributes.get('event.name')
  return name === undefined ? '' : (asName(name) ?? '')
}

function readingOf(record: LogRecord, name: string, options: MapOptions): Reading {
  const reading = {
    name,
    attributes: record.attributes,
    body: record.body,
    events: [],
    scope: record.scope.name,
    record: true,
    spanKind: 0,
    top: false,
    workflowId: null as string | null,
    parsed: new Map(),
  }
  reading.workflowId = sharedWorkflow(reading, options)
  return reading
}

function knownEvent(reading: Reading): { readonly dialect: Dialect; readonly rule: EventRule } | null {
  if (reading.name === '') return null
  for (const dialect of detector.spoken(reading)) {
    const rule = ruleOf(dialect, reading.name)
    if (rule !== undefined) return { dialect, rule }
  }
  return null
}

/** A record without a trace stands with the others of its workflow, and alone if it names none. */
function traceOf(workflowId: string | null, digest: string): string {
  return workflowId === null ? digest.slice(0, 32) : createHash('sha256').update(workflowId).digest('hex').slice(0, 32)
}
