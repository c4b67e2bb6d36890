import type { Usage } from '../../../src/map/facts/facts.ts'
import type { AttemptReport, CallReport, EventRow, RowPlace, ToolRow } from '../../../src/settle/model/rows.ts'
import { at, event, spanId, usage } from '../facts.ts'

export function placeOf(n: number): RowPlace {
  return { workflow: 'wf', agent: null, trace: `trace ${n}`, node: spanId(n) }
}

/** The report of a call by the origin `n`, one second long. */
export function callReport(n: number, used: Partial<Usage> = {}, other: Partial<CallReport> = {}): CallReport {
  return {
    id: `call ${n}`,
    place: placeOf(n),
    source: 'span',
    origin: `origin ${n}`,
    spanKind: 1,
    startNs: at(1),
    endNs: at(2),
    usage: usage(used),
    ...other,
  }
}

/** The report of the attempt `n`, which starts `n` seconds after the fixed time, at a tool run. */
export function attemptReport(n: number, run = 'run', other: Partial<AttemptReport> = {}): AttemptReport {
  const id = `attempt ${n}`
  const tool: ToolRow = {
    id,
    place: placeOf(n),
    name: 'search',
    input: null,
    output: null,
    success: true,
    error: null,
    durationMs: 1_000,
    endNs: at(n + 1),
    callId: null,
    attempts: 1,
    source: 'span',
  }
  const events: EventRow[] = [{ id: `event ${n}`, place: placeOf(n), fact: event('tool.called', n) }]
  return { id, place: placeOf(n), run, startNs: at(n), tool, events, ...other }
}
