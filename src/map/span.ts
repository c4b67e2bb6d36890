import { columnSize } from '../columns.ts'
import type { Span } from '../decode/span.ts'
import { storableTalk, storableTool } from './derive/content.ts'
import { eventsOf, isSilent } from './derive/events.ts'
import { type Outcome, outcomeOf } from './derive/outcome.ts'
import { idIn, nameIn, statementsOf } from './derive/statements.ts'
import { modelAt, usageOf } from './derive/usage.ts'
import { contentLimit, defaultLimits, fitText, fitTime, type Limits } from './facts/column-limits.ts'
import type { EventFact, Facts, Kind, RunPart, ToolRun, Usage } from './facts/facts.ts'
import { argumentsText } from './facts/json.ts'
import { known, type Vocabulary } from './lookup/vocabulary.ts'
import { answersOf, asksOf, type Talk } from './messages/messages.ts'
import { hearSpan } from './messages/read-messages.ts'
import { outputText } from './messages/tool-calls.ts'
import type { MapOptions } from './options.ts'
import { reporterOf } from './reporter.ts'
import type { Narrow } from './table/compile.ts'
import { asId, asName, first, newReading, type Reading } from './table/reading.ts'

/**
 * One span, reduced to what the ledger needs: its dialect, its kind, and by the dialect's table whose run it belongs to,
 * what it used, said and called. Pure and total: it never throws, and the same span gives the same Facts.
 */
export function mapSpan(span: Span, options: MapOptions): Facts {
  const { limits = defaultLimits, vocabulary: vocabularyOf = known } = options
  const vocabulary = vocabularyOf(span.scope.name, span.attributes)
  const { service, origin } = reporterOf(span)
  const remote = isRemote(span)
  const reading = readingOf(span, remote, vocabulary)
  const { dialect, kind, speech } = vocabulary.detector.recognise(reading)
  const workflowId = idIn(reading, speech.ids.workflowId)
  const talk = storableTalk(hearSpan(reading, dialect, kind, limits.text), limits)
  const ended = outcomeOf(reading, span.status, dialect, limits.text)
  const { startNs, endNs } = timesOf(span)
  const open = span.endTimeUnixNano === 0n && startNs > 0n
  // what a call costs is known when it has ended
  const usage = kind === 'plain' || open ? null : usageOf(reading, dialect, kind)
  const tool = kind === 'tool' ? toolOf(reading, dialect, ended, limits) : null
  const agent = kind === 'plain' ? null : nameIn(reading, dialect.fields.agent)
  const isNothing = kind === 'plain' && workflowId === null
  return {
    tenant: options.tenant,
    source: 'span',
    trace: span.traceId,
    id: span.spanId,
    parent: span.parentSpanId,
    remoteParent: span.parentSpanId !== '' && (remote || (options.absentParentEnds?.(service) ?? false)),
    startNs,
    endNs,
    open,
    attributeCount: span.attributes.size,
    digest: options.digest(span),
    name: fitText(span.name, columnSize.name),
    kind,
    dialect: isNothing ? '' : dialect.name,
    spanKind: span.kind,
    origin,
    service,
    workflowId,
    agent,
    outcome: ended.outcome,
    error: ended.error,
    run: runPart(
      speech.engine?.run?.(reading, { code: span.status.code, outcome: ended.outcome, instant: startNs === endNs }),
      open,
    ),
    endsWell: dialect.endsWell?.(reading, kind) ?? false,
    statements: statementsOf(
      { reading, dialect, speech, vocabulary, kind, talk, source: 'span' },
      contentLimit(limits),
    ),
    usage,
    tool,
    asks: talk === null ? [] : asksOf(talk),
    answers: talk === null ? [] : answersOf(talk),
    events:
      isNothing || (isSilent(kind) && span.events.length === 0)
        ? []
        : toldOf(span, { reading, dialect, kind, agent, usage, tool, talk, ended, startNs, endNs, open }, limits),
  }
}

/** A time that is absent is the other one; a span that ends before it starts took no time (R88). */
function timesOf(span: Span): { startNs: bigint; endNs: bigint } {
  const startNs = fitTime(span.startTimeUnixNano || span.endTimeUnixNano)
  const endNs = fitTime(span.endTimeUnixNano)
  return endNs < startNs ? { startNs, endNs: startNs } : { startNs, endNs }
}

/** A span that is still open ends no run. */
function runPart(part: RunPart | null | undefined, open: boolean): RunPart | null {
  if (part == null || !open || part.role === 'inside' || part.role === 'outside') return part ?? null
  return { ...part, role: part.role === 'stop' ? 'outside' : 'open' }
}

/** Bit 9 of the flags, if bit 8 says that it is known; else a server's and a consumer's parent is elsewhere (R91). */
function isRemote(span: Span): boolean {
  if (span.parentSpanId === '') return false
  return (span.flags & 0x100) !== 0 ? (span.flags & 0x200) !== 0 : span.kind === 2 || span.kind === 5
}

function readingOf(span: Span, remote: boolean, vocabulary: Vocabulary): Reading {
  const reading = newReading(span.name, span.attributes, span.scope.name)
  reading.events = span.events
  reading.spanKind = span.kind
  reading.top = span.parentSpanId === '' || remote
  reading.workflowId = sharedWorkflow(reading, vocabulary)
  return reading
}

/** The workflow id in a configured key or a plain attribute. */
export function sharedWorkflow(reading: Reading, { plain }: Vocabulary): string | null {
  return first(reading, plain.fields.workflowId, asId)
}

/** LangChain's classes of tools, which some clients write where a tool's name belongs. */
const toolClasses: ReadonlySet<string> = new Set(['DynamicStructuredTool', 'DynamicTool', 'StructuredTool'])

/** The tool run that an item of kind `tool` is. */
export function toolOf(reading: Reading, { fields }: Narrow, ended: Outcome, limits: Limits): ToolRun {
  const input = first(reading, fields.toolInput, (value) => value)
  const output = first(reading, fields.toolOutput, (value) => value)
  const name = first(reading, fields.tool, asName) ?? (reading.name || 'tool')
  const tool = {
    name: toolClasses.has(name) ? null : fitText(name, columnSize.name),
    callId: idIn(reading, fields.callId),
    input: input === null ? null : argumentsText(input, limits.text),
    output: output === null ? null : outputText(output, limits.text),
    success: ended.outcome === 'ok',
    error: ended.error,
  }
  return storableTool(tool, limits)
}

interface Parts {
  readonly reading: Reading
  readonly dialect: Narrow
  readonly kind: Kind
  readonly agent: string | null
  readonly usage: Usage | null
  readonly tool: ToolRun | null
  readonly talk: Talk | null
  readonly ended: Outcome
  readonly startNs: bigint
  readonly endNs: bigint
  readonly open: boolean
}

function toldOf(span: Span, parts: Parts, limits: Limits): EventFact[] {
  const { tool, talk, ended } = parts
  return eventsOf({
    trace: span.traceId,
    id: span.spanId,
    kind: parts.kind,
    startNs: parts.startNs,
    endNs: parts.endNs,
    open: parts.open,
    attributes: span.attributes,
    spanEvents: parts.kind === 'plain' && ended.outcome === 'cancelled' ? withoutException(span) : span.events,
    subject: subjectOf(span, parts),
    given: tool?.input ?? talk?.reasoning ?? null,
    gave: tool?.output ?? null,
    failed: ended.outcome !== 'ok',
    error: ended.error,
    limits,
  })
}

/** Being cancelled is no event of a step: who cancels tells it, and a step may hear of it when its run is long over. */
function withoutException({ events }: Span): Span['events'] {
  return events.filter(({ name }) => name !== 'exception')
}

function subjectOf(span: Span, { kind, tool, agent, usage, reading, dialect }: Parts): string {
  if (tool !== null) return tool.name ?? span.name
  if (kind === 'agent') return agent ?? span.name
  return usage?.responseModel ?? usage?.model ?? modelAt(reading, dialect.fields.model) ?? span.name
}
