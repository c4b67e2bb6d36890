import type { EventFact } from '../../map/facts/facts.ts'
import { isPacked } from '../model/packed/packed-nodes.ts'
import { plainEvent } from '../model/plain-event.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Replaces an event whose message and payload are written in event_logs already: a second copy would double the ledger.
 * If a written event is withdrawn and comes back later, its message is its type and its payload is empty. That happens
 * to the tool events of a span that turns out to be inside another span of the same tool, when that outer span is then
 * replaced by a version that is no tool.
 */
export function eventStub({ type, timeNs }: EventFact): EventFact {
  return { type, message: type, payload: '', timeNs }
}

/** Whether an event is a stub: no event that was mapped has an empty payload. */
export function isEventStub(event: EventFact): boolean {
  return event.encodedPayload === undefined && event.payload === ''
}

/** Replaces the written events of these nodes by stubs, and drops what is quickly made again. Must be called only after the commit. */
export function forgetContent(trace: Trace, ids: Iterable<string>): void {
  for (const id of ids) {
    const node = trace.nodes.get(id)
    if (node === undefined) continue
    node.identity = null
    // what is packed has been forgotten before
    if (isPacked(node) || node.facts.events.every(isEventStub)) continue
    const written = new Set(node.rows?.events.map(({ fact }) => fact))
    const kept = (fact: EventFact) => (written.has(fact) ? eventStub(fact) : plainEvent(fact))
    const facts = new Map(node.facts.events.map((fact) => [fact, kept(fact)]))
    node.facts = { ...node.facts, events: [...facts.values()] }
    if (node.rows === null) continue
    node.rows = {
      ...node.rows,
      events: node.rows.events.map((row) => ({ ...row, fact: facts.get(row.fact) ?? row.fact })),
    }
  }
}
