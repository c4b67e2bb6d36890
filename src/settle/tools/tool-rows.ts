import { durationMs } from '../../columns.ts'
import type { EventFact, ToolAnswer } from '../../map/facts/facts.ts'
import { identityOf, ordinals, type RowIdentity, rowId } from '../model/ids.ts'
import type { Node, ToolCall } from '../model/node.ts'
import type { EventRow, RowPlace, ToolRow } from '../model/rows.ts'
import { hasTimes, timesOf } from '../model/time/node-times.ts'
import { identityOfNode, type Trace } from '../model/trace.ts'
import { hasBetterSpan, reportsOfRun } from './inner-span.ts'
import { answerTo } from './tool-call.ts'

/**
 * The tool_executions row of a tool span, or of a log record of a run that no span reports. null where the run has a
 * better span, and where another attempt followed.
 */
export function toolRow(trace: Trace, node: Node, place: RowPlace): ToolRow | null {
  const { startNs, endNs, open } = node.facts
  const { matchedCall, attempt, counterpart } = node.toolState
  if (!hasToolRow(node)) return null
  const tool = node.facts.tool!
  const spans = reportsOfRun(node)
  const call = matchedCall ?? callOfSpans(trace, spans)
  const answer = (call && answerTo(call)) ?? answerOfRecord(counterpart)
  const failed = spans.find(({ facts }) => facts.tool?.success === false)?.facts.tool
  const success = open && answer === undefined ? null : failed === undefined && !answer?.failed
  return {
    id: rowId(identityOfNode(trace, node), ordinals.tool),
    place,
    name: tool.name ?? call?.name ?? node.facts.name,
    input: withArgumentNames(tool.input, call?.request?.part.input ?? counterpart?.facts.tool?.input),
    output: tool.output ?? answer?.output ?? null,
    success,
    error: success !== false ? tool.error : failureReason(failed?.error ?? null, answer?.output ?? null),
    durationMs: open || !hasTimes(node.facts) ? null : durationMs(startNs, endNs),
    endNs: timesOf(node).endNs,
    callId: call?.id ?? tool.callId,
    attempts: attempt,
    source: 'span',
  }
}

/** Whether a tool span or record has the row of its run among the spans, records and attempts of its trace. */
export function hasToolRow(node: Node): boolean {
  const { kind, tool, source } = node.facts
  const { nextAttempt, counterpart } = node.toolState
  if (kind !== 'tool' || tool === null || nextAttempt !== null || hasBetterSpan(node)) return false
  return counterpart === null || source !== 'record'
}

/** The call that the spans of a run state, the outermost first. */
function callOfSpans(trace: Trace, spans: readonly Node[]): ToolCall | undefined {
  for (const { facts } of spans) {
    const callId = facts.tool?.callId ?? null
    if (callId !== null) return trace.toolCalls.get(callId)
  }
  return undefined
}

function answerOfRecord(record: Node | null): Pick<ToolAnswer, 'output' | 'failed'> | undefined {
  const run = record?.facts.tool
  if (run == null) return undefined
  return { output: run.success ? run.output : (run.error ?? run.output), failed: !run.success }
}

/** The answer that the model got is preferred to a single word (`TOOL_ERROR`), which says less. */
function failureReason(error: string | null, answer: string | null): string | null {
  return error === null || /^[\w.]+$/.test(error) ? answer || error : error
}

/** The model's request has the names of the arguments; the tool span may have no arguments, or a bare string. */
function withArgumentNames(own: string | null, asked: string | null | undefined): string | null {
  if (asked == null) return own
  return own === null || own[0] !== '{' ? asked : own
}

/** The tool_executions row of a call that only messages report; the call must have an owner. Messages do not say how long it took. */
export function messageToolRow(trace: Trace, call: ToolCall, place: RowPlace): ToolRow {
  const { part } = call.answer!
  return {
    id: messageRowId(trace, call),
    place,
    name: call.name!,
    input: call.request?.part.input ?? null,
    output: part.output,
    success: !part.failed,
    error: part.failed ? part.output : null,
    durationMs: null,
    endNs: endOf(call),
    callId: call.id,
    attempts: 1,
    source: 'messages',
  }
}

/** A result is there when the model call begins that has it, or when the one ends whose provider ran the tool. */
function endOf({ answer, firstAnswerer }: ToolCall): bigint {
  const { startNs, endNs } = timesOf(firstAnswerer!)
  const isInAnswer = answer!.node === firstAnswerer && answer!.part.inAnswer === true
  return isInAnswer && endNs > startNs ? endNs : startNs
}

/**
 * The events of such a call, the same as those of a tool span. It is called at the end of the model call that asks for
 * it, and over when its answer is there.
 */
export function messageToolEvents(trace: Trace, call: ToolCall, place: RowPlace): EventRow[] {
  const row = messageToolRow(trace, call, place)
  const identity = callIdentity(trace, call)
  const payload = JSON.stringify({ tool_call_id: call.id, source: 'messages' })
  const calledNs = call.firstAskerOfTurn === null ? row.endNs : timesOf(call.firstAskerOfTurn).endNs
  const facts: EventFact[] = [
    { type: 'tool.called', message: `Tool ${row.name} called`, payload, timeNs: calledNs },
    row.success
      ? { type: 'tool.completed', message: `Tool ${row.name} completed`, payload, timeNs: row.endNs }
      : { type: 'tool.failed', message: `Tool ${row.name} failed`, payload, timeNs: row.endNs },
  ]
  return facts.map((fact, ordinal) => ({ id: rowId(identity, ordinal), place, fact }))
}

/** The id of the row of a call that only messages report. */
export function messageRowId(trace: Trace, call: ToolCall): string {
  return rowId(callIdentity(trace, call), ordinals.tool)
}

function callIdentity(trace: Trace, call: ToolCall): RowIdentity {
  return identityOf(call.owner!.facts.startNs, trace.id, 'tool call', call.id)
}
