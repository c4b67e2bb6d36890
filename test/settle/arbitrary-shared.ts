import fc from 'fast-check'
import type { Facts } from '../../src/map/facts/facts.ts'
import { factSets } from './arbitrary.ts'

/** Ids as providers draw them, an id that needs other evidence, and one that says nothing. */
const drawnIds: Readonly<Record<string, string>> = {
  r1: 'chatcmpl-CaXq9ZkT3mWv0bJr7NhUe2LsYdFiG',
  r2: 'gen-1700000000-abc-d7ed6b4f',
  c1: 'call_9fKq2ZxT7mWv0bJr3NhUe8Ls',
  c2: 'c2-bb2ba47a',
}

function drawn(id: string): string {
  return drawnIds[id] ?? id
}

/** The same facts with ids that several traces may have. Few of them name a workflow or agent. */
function withDrawnIds(facts: Facts): Facts {
  const { usage, tool, asks, answers } = facts
  return {
    ...facts,
    usage: usage && { ...usage, responseId: usage.responseId && drawn(usage.responseId) },
    tool: tool && { ...tool, callId: tool.callId && drawn(tool.callId) },
    asks: asks.map((ask) => ({ ...ask, callId: drawn(ask.callId) })),
    answers: answers.map((answer) => ({ ...answer, callId: drawn(answer.callId) })),
  }
}

/** What makes a trace a run of its own, in a set of which some traces have it and others not. */
function bare(facts: Facts, isBare: boolean): Facts {
  if (!isBare) return facts
  const kind = facts.kind === 'workflow' || facts.kind === 'task' || facts.kind === 'agent' ? 'llm' : facts.kind
  return { ...facts, kind, workflowId: null, agent: null, run: null }
}

/** The spans of the general sets, dealt to four traces, of which some are bare. */
export const sharedSets = fc
  .tuple(factSets, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.array(fc.nat(7), { minLength: 24 }))
  .map(([set, bareTraces, picks]) => {
    const own = [...new Set(set.map(({ trace }) => trace))]
    return set.map((facts, i) => {
      const pick = picks[i % picks.length]!
      const place = pick < 4 ? pick : own.indexOf(facts.trace) % 4
      return bare({ ...withDrawnIds(facts), trace: `${place}af7651916cd43dd8448eb211c80319c` }, bareTraces[place]!)
    })
  })
