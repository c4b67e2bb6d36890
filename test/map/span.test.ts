import { expect, test } from 'vitest'
import type { Span } from '../../src/decode/span.ts'
import { mapSpan } from '../../src/map/span.ts'
import { atTop, options, spanWith } from './make.ts'

const map = (other: Partial<Span>): ReturnType<typeof mapSpan> =>
  mapSpan(spanWith({ 'step.type': 'task' }, other), options)

test.each([
  [0x101, 2, false],
  [0x301, 1, true],
  [0, 2, true],
  [0x200, 5, true],
  [0, 1, false],
  [0x1, 3, false],
])('flags %i and kind %i: the parent is remote: %s', (flags, kind, remote) => {
  expect(map({ flags, kind }).remoteParent).toBe(remote)
})

test('a root has no remote parent, and an absent parent counts as remote where the settings say so', () => {
  expect(map({ ...atTop, flags: 0x301 }).remoteParent).toBe(false)
  const ends = { ...options, absentParentEnds: (service: string): boolean => service === 'shop' }
  expect(mapSpan(spanWith({}), ends).remoteParent).toBe(true)
})

test('an absent time is the other one, and times are in order and in range', () => {
  const times = (startTimeUnixNano: bigint, endTimeUnixNano: bigint): bigint[] => {
    const { startNs, endNs } = map({ startTimeUnixNano, endTimeUnixNano })
    return [startNs, endNs]
  }
  expect(times(0n, 7n)).toEqual([7n, 7n])
  expect(times(7n, 0n)).toEqual([7n, 7n])
  expect(times(7n, 5n)).toEqual([7n, 7n])
  expect(times(5n, 2n ** 64n - 1n)).toEqual([5n, 2n ** 63n - 1n])
})

test('two instrumentations of one service are two origins', () => {
  const scope = { name: 'openai', version: '', attributes: new Map(), schemaUrl: '' }
  expect(map({}).origin).toBe('my-agent@shop')
  expect(map({ scope }).origin).toBe('openai@shop')
})

test('ids that processors stamp on a span come after those of its own dialect', () => {
  const stamped = {
    'ai.operationId': 'ai.generateText',
    'traceloop.association.properties.user_id': 'stamped',
    'traceloop.association.properties.session_id': 'stamped',
    'lmnr.association.properties.metadata.workflow_id': 'stamped',
    'lmnr.span.path': ['trip'],
  }
  expect(mapSpan(spanWith(stamped), options)).toMatchObject({
    dialect: 'Vercel AI SDK',
    workflowId: 'stamped',
    statements: { user: { value: 'stamped' }, session: { value: 'stamped' } },
  })
  const own = { 'ai.telemetry.metadata.workflowId': 'own', 'ai.telemetry.metadata.userId': 'own' }
  expect(mapSpan(spanWith({ ...stamped, ...own }), options)).toMatchObject({
    workflowId: 'own',
    statements: { user: { value: 'own' }, session: { value: 'stamped' } },
  })
})

test('a span without an end is open: it has no usage and ends no run', () => {
  const open = { endTimeUnixNano: 0n }
  const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 1 }
  expect(mapSpan(spanWith(chat, open), options)).toMatchObject({ kind: 'llm', open: true, usage: null })
  expect(mapSpan(spanWith(chat), options)).toMatchObject({ open: false, usage: { prompt: 10 } })
  const agent = spanWith({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'anna' }, open)
  expect(mapSpan(agent, options).events.map(({ type }) => type)).toEqual(['agent.started'])
  const run = { temporalWorkflowID: 'order-1', temporalRunID: 'r1' }
  const workflow = { name: 'RunWorkflow:Order', scope: { ...spanWith({}).scope, name: 'temporal-sdk-go' } }
  expect(mapSpan(spanWith(run, workflow), options).run?.role).not.toBe('open')
  expect(mapSpan(spanWith(run, { ...workflow, ...open }), options).run?.role).toBe('open')
})
