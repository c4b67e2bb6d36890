import type { Trace } from '../model/trace.ts'
import { eventStub, isEventStub } from './diff-rows.ts'

/** Drops the content of written events, which nobody needs any more. To be called after the commit. */
export function forgetContent(trace: Trace, ids: Iterable<string>): void {
  for (const id of ids) {
    const node = trace.nodes.get(id)
    if (node?.rows == null || node.facts.events.every(isEventStub)) continue
    const there = new Set(node.rows.events.map(({ fact }) => fact))
    const stubs = new Map(node.facts.events.map((fact) => [fact, there.has(fact) ? eventStub(fact) : fact]))
    node.facts = { ...node.facts, events: [...stubs.values()] }
    node.rows = {
      ...node.rows,
      events: node.rows.events.map((row) => ({ ...row, fact: stubs.get(row.fact) ?? row.fact })),
    }
  }
}
