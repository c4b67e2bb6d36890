import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { ordinals, rowId } from '../../../src/settle/model/ids.ts'
import { emptyTrace, identityOfNode } from '../../../src/settle/model/trace.ts'
import { rowsOfNode } from '../../../src/settle/rows/node-rows.ts'
import { settle } from '../../../src/settle/settle.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { mapper } from '../../map/dialects/scoped.ts'
import { noPrice } from '../../support/prices.ts'
import {
  call as chatCall,
  event,
  nodeOf,
  price,
  record,
  settled,
  span,
  spanId,
  tool,
  traceId,
  usage,
} from '../facts.ts'

const map = mapper('langsmith')
const ids = { 'langsmith.metadata.workflow_id': 'wf', 'langsmith.metadata.user_id': 'u' }

function run(id: number, parent: number, type: string, name: string, attributes: Record<string, AnyValue>): Facts {
  const spanId = id.toString(16).padStart(16, '0')
  const parentSpanId = parent === 0 ? '' : parent.toString(16).padStart(16, '0')
  return map(name, { 'langsmith.span.kind': type, ...ids, ...attributes }, { spanId, parentSpanId })
}

const call = (id: string, prompt: number, completion: number): Record<string, AnyValue> => ({
  'langsmith.trace.name': 'ChatOpenAI',
  'langsmith.metadata.agent': 'planner',
  'langsmith.metadata.ls_provider': 'openai',
  'gen_ai.response.id': id,
  'gen_ai.usage.input_tokens': prompt,
  'gen_ai.usage.output_tokens': completion,
})

test("an agent's span that also reports a call has both rows, and the calls below it count too", () => {
  const spans = [
    run(1, 0, 'chain', 'trip', { 'gen_ai.prompt': '{"query":"why?"}', 'gen_ai.completion': '{"outputs":"so."}' }),
    run(2, 1, 'llm', 'planner', call('r1', 307, 29)),
    run(3, 2, 'tool', 'look', { 'langsmith.metadata.agent': 'planner', 'gen_ai.prompt': '{"at":"x"}' }),
    run(4, 2, 'llm', 'ChatOpenAI', call('r2', 453, 53)),
  ]
  const { rows, shares } = settle(emptyTrace(spans[0]!.trace), spans, noPrice)
  expect(rows.usage.added.map(({ prompt, completion, place }) => [prompt, completion, place.agent]).sort()).toEqual([
    [307, 29, 'planner'],
    [453, 53, 'planner'],
  ])
  expect(rows.agents.added).toMatchObject([{ name: 'planner', tokens: 842 }])
  expect(rows.tools.added).toMatchObject([{ name: 'look', input: '{"at":"x"}', success: true }])
  expect(taskRow('wf', shares[0]!.after)).toMatchObject({
    status: 'COMPLETED',
    query: 'why?',
    result: 'so.',
    agents: 1,
  })
})

describe('the rows of a node', () => {
  test('belong to its workflow, its agent, its trace and itself', () => {
    const { trace } = settled([span(1, 0, { workflowId: 'wf', kind: 'agent', agent: 'anna' }), chatCall(2, 1)])
    const place = { workflow: 'wf', agent: 'anna', trace: traceId, node: spanId(2) }
    expect(nodeOf(trace, 2).rows).toMatchObject({ place, usage: { place } })
    trace.nodes.get(spanId(2))!.inherited = { ...nodeOf(trace, 2).inherited, workflow: null }
    trace.fallbackWorkflow = 'chosen'
    expect(rowsOfNode(trace, nodeOf(trace, 2), price).place.workflow).toBe('chosen')
  })

  test('are its events, with ids by their order', () => {
    const events = [event('agent.started', 1), event('agent.completed', 1)]
    const { trace } = settled([span(1, 0, { kind: 'agent', events })])
    const rows = nodeOf(trace, 1).rows!
    const identity = identityOfNode(trace, nodeOf(trace, 1))
    expect(rows.events.map(({ id, fact }) => [id, fact])).toEqual(events.map((fact, i) => [rowId(identity, i), fact]))
  })

  test('have as many events as there are ids for', () => {
    const events = Array.from({ length: ordinals.lastEvent + 5 }, () => event('note', 1))
    const { trace } = settled([span(1, 0, { kind: 'agent', events })])
    expect(nodeOf(trace, 1).rows!.events).toHaveLength(ordinals.lastEvent + 1)
  })

  test('of a tool span inside another one of the same tool have no tool events, but the others', () => {
    const events = ['tool.called', 'tool.completed', 'tool.failed', 'note'].map((type) => event(type, 2))
    const inner = span(2, 1, { kind: 'tool', tool: tool(), events })
    const { trace } = settled([span(1, 0, { kind: 'tool', tool: tool() }), inner])
    expect(nodeOf(trace, 2).rows!.events.map(({ fact }) => fact.type)).toEqual(['note'])
    expect(settled([inner]).trace.nodes.get(spanId(2))!.rows!.events).toHaveLength(4)
  })

  test('hold the tool calls that only messages report, with their events', () => {
    const asks = [{ callId: 'c1', name: 'search', input: '{"q":1}' }]
    const answers = [{ callId: 'c1', name: null, output: 'found', failed: false }]
    const { trace } = settled([chatCall(1, 0, {}, { asks }), chatCall(2, 0, { prompt: 7 }, { answers })])
    const { tools, events } = nodeOf(trace, 1).rows!
    expect(tools).toMatchObject([{ name: 'search', output: 'found', source: 'messages' }])
    expect(events.map(({ fact }) => fact.type)).toEqual(['tool.called', 'tool.completed'])
  })

  test('hold the report of an attempt whose others may be in other traces, instead of its tool row and events', () => {
    const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
    const events = [event('tool.called', 2), event('note', 2)]
    const attempt = span(1, 0, { run, workflowId: 'wf' })
    const { trace } = settled([attempt, span(2, 1, { kind: 'tool', tool: tool(), events })])
    const rows = nodeOf(trace, 2).rows!
    expect(rows.tools).toEqual([])
    expect(rows.events.map(({ fact }) => fact.type)).toEqual(['note'])
    expect(rows.report).toMatchObject({ tool: { name: 'search' }, events: [{ fact: { type: 'tool.called' } }] })
  })

  test('of an attempt whose usage another trace may report hold the report of the usage, and the tool row', () => {
    const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
    const used = usage({ elsewhere: true })
    const { trace } = settled([
      span(1, 0, { run, workflowId: 'wf' }),
      span(2, 1, { kind: 'tool', tool: tool(), usage: used }),
    ])
    expect(nodeOf(trace, 2).rows).toMatchObject({ report: { usage: used }, tools: [{ name: 'search' }] })
  })
})

describe('the row of an agent', () => {
  const agentRow = (...facts: Facts[]) => nodeOf(settled(facts).trace, 1).rows!.agent

  test('shows its state, its texts and its tokens', () => {
    const statements = { query: { rank: 1, value: 'why?' }, result: { rank: 1, value: 'so.' } }
    expect(agentRow(span(1, 0, { kind: 'agent', agent: 'anna', statements }), chatCall(2, 1))).toMatchObject({
      name: 'anna',
      input: 'why?',
      output: 'so.',
      state: 'COMPLETED',
      tokens: 120,
      model: null,
      durationMs: 1000,
      error: null,
    })
  })

  test('adds the tokens of its own usage where that counts', () => {
    expect(agentRow(chatCall(1, 0, {}, { kind: 'agent' }), span(2, 1, { kind: 'tool' }), chatCall(3, 2))).toMatchObject(
      { tokens: 240, model: 'gpt-4o-mini' },
    )
    expect(
      agentRow(chatCall(1, 0, { role: 'aggregate', responseModel: 'm' }, { kind: 'agent' }), chatCall(2, 1)),
    ).toMatchObject({ tokens: 120, model: 'm' })
  })

  test('has the name of its span where no agent is named, and runs while the span is open', () => {
    expect(agentRow(span(1, 0, { kind: 'agent', open: true }))).toMatchObject({
      name: 'span 1',
      state: 'EXECUTING',
      durationMs: null,
    })
  })

  test('has failed where its span has an error or was cancelled', () => {
    expect(agentRow(span(1, 0, { kind: 'agent', outcome: 'error', error: 'it broke' }))).toMatchObject({
      state: 'FAILED',
      error: 'it broke',
    })
    expect(agentRow(span(1, 0, { kind: 'agent', outcome: 'cancelled' }))).toMatchObject({
      state: 'FAILED',
      error: 'cancelled',
    })
  })

  test('exists for no other span and no record', () => {
    expect(agentRow(chatCall(1, 0, {}, { agent: 'anna' }))).toBeNull()
    expect(agentRow(record(1, 0, { kind: 'agent', agent: 'anna' }))).toBeNull()
  })

  test('in an activity is that of a model call which alone names the agent', () => {
    const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
    const attempt = (agent: string | null) => span(9, 0, { run, workflowId: 'wf', agent })
    const chat = chatCall(1, 9, {}, { agent: 'anna' })
    expect(agentRow(chat, attempt(null))).toMatchObject({ name: 'anna', state: 'COMPLETED' })
    expect(agentRow(chat, attempt('anna'))).toBeNull()
    expect(agentRow(chatCall(1, 9), attempt(null))).toBeNull()
  })

  test('is provisional until a span of the agent arrives', () => {
    const pending = span(1, 9, { kind: 'tool', tool: tool(), agent: 'anna' })
    expect(agentRow(pending)).toMatchObject({ name: 'anna', state: 'EXECUTING', tokens: 0, durationMs: null })
    expect(agentRow(pending, span(2, 0, { kind: 'agent', agent: 'anna' }))).toBeNull()
  })
})
