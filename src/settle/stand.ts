import type { EventFact } from '../map/facts.ts'
import { isAtWork } from './at-work.ts'
import { attemptReport } from './attempts.ts'
import { type Identity, namedId, ordinals, rowId } from './ids.ts'
import type { AgentRow, EventRow, Place, Rows } from './rows.ts'
import { messageToolEvents, messageToolRow, milliseconds, toolRow } from './tools.ts'
import { identify, type Node, type Trace, workflowOf } from './trace.ts'
import { countedRow, type Price } from './usage.ts'

/** All rows that a node stands for, as things are known now. */
export function rowsOf(trace: Trace, node: Node, price: Price): Rows {
  const place: Place = {
    workflow: storedId(trace.tenant, workflowOf(trace, node)),
    agent: node.agent,
    trace: trace.id,
    node: node.facts.id,
  }
  const own = toolRow(trace, node, place)
  const identity = identify(trace, node)
  const events = ownEvents(node, identity, place, own !== null)
  const { usage, report } = countedRow(trace, node, place, price)
  const attempt = own && report === null ? attemptReport(node, own, events.filter(isOfTool)) : null
  return {
    place,
    events: [
      ...(attempt === null ? events : events.filter((event) => !isOfTool(event))),
      ...node.calls.flatMap((call) => messageToolEvents(trace, call, place)),
    ],
    usage,
    report: report ?? attempt,
    tools: [
      ...(own === null || attempt !== null ? [] : [own]),
      ...node.calls.map((call) => messageToolRow(trace, call, place)),
    ],
    agent: agentRow(node, identity, place) ?? (isAtWork(trace, node) ? agentAtWork(node, identity, place) : null),
  }
}

/**
 * A workflow's or user's id as the tables store it: the default tenant's as it comes, another tenant's behind its name.
 * What is too long then keeps 230 characters and a hash of the whole: a plain cut would merge strangers.
 */
export function storedId(tenant: string, id: string): string {
  if (tenant === '') return id
  const whole = `${tenant}:${id}`
  return whole.length <= 255 ? whole : `${whole.slice(0, 230).toWellFormed()}~${namedId('long id', whole).slice(0, 24)}`
}

function ownEvents({ facts }: Node, identity: Identity, place: Place, isTool: boolean): EventRow[] {
  const rows: EventRow[] = []
  facts.events.forEach((fact, ordinal) => {
    if (ordinal > ordinals.lastEvent || (!isTool && isToolEvent(facts.kind, fact))) return
    rows.push({ id: rowId(identity, ordinal), place, fact })
  })
  return rows
}

/** A tool span that is no row of its own has no tool events either: there is one `tool.called` for each row. */
export function isToolEvent(kind: string, { type }: EventFact): boolean {
  return kind === 'tool' && (type === 'tool.called' || type === 'tool.completed' || type === 'tool.failed')
}

function isOfTool({ fact }: EventRow): boolean {
  return isToolEvent('tool', fact)
}

/** In an activity a model's call may be all that names the agent at work. */
function isAgentsCall({ facts, activity, parent }: Node): boolean {
  return facts.kind === 'llm' && activity !== null && facts.agent !== null && facts.agent !== parent?.agent
}

function agentRow(node: Node, identity: Identity, place: Place): AgentRow | null {
  const { facts, tokensBelow, counts } = node
  if (facts.source !== 'span' || (facts.kind !== 'agent' && !isAgentsCall(node))) return null
  const { usage, statements, outcome, open } = facts
  return {
    id: rowId(identity, ordinals.agent),
    place,
    name: facts.agent ?? facts.name,
    input: statements.query?.value ?? '',
    output: statements.result?.value ?? null,
    state: open ? 'EXECUTING' : outcome === 'ok' ? 'COMPLETED' : 'FAILED',
    tokens: tokensBelow + (counts ? usage!.prompt + usage!.completion : 0),
    model: usage?.responseModel ?? usage?.model ?? null,
    durationMs: open ? null : milliseconds(facts.startNs, facts.endNs),
    error: facts.error ?? (outcome === 'cancelled' ? 'cancelled' : null),
  }
}

/** Of an agent that has no span of its own yet only the name is known. */
function agentAtWork({ facts }: Node, identity: Identity, place: Place): AgentRow {
  return {
    id: rowId(identity, ordinals.agent),
    place,
    name: facts.agent!,
    input: '',
    output: null,
    state: 'EXECUTING',
    tokens: 0,
    model: null,
    durationMs: null,
    error: null,
  }
}
