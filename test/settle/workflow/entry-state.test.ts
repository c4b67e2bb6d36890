import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { mapper } from '../../map/dialects/scoped.ts'

const map = mapper('gcp.vertex.agent')
const failed = { status: { code: 2, message: 'it broke' } } as const
const id = (n: number): string => n.toString(16).padStart(16, '0')

const run = map('invoke_workflow planner', {}, { spanId: id(1), parentSpanId: '' })
const agent = (n: number, parent: number, other: object = {}): Facts =>
  map(`invoke_agent a${n}`, {}, { spanId: id(n), parentSpanId: id(parent), startTimeUnixNano: BigInt(n), ...other })
const step = (n: number, parent: number, name: string): Facts =>
  map(name, {}, { spanId: id(n), parentSpanId: id(parent) })

function taskOf(...facts: Facts[]) {
  const [share] = settle(emptyTrace('', run.trace), facts, () => ({ costNano: null, provider: null })).shares
  const { status, error } = taskRow('', share!.workflow, share!.after)
  return [status, error]
}

test('a span that never fails itself takes the outcome of the agent below it, in any order of arrival', () => {
  expect(taskOf(run, agent(2, 1, failed))).toEqual(['FAILED', 'it broke'])
  expect(taskOf(agent(3, 2, failed), run, step(2, 1, 'invoke_node'))).toEqual(['FAILED', 'it broke'])
  expect(taskOf(run, agent(2, 1))).toEqual(['COMPLETED', null])
})

test('of several agents below, the last one decides the outcome', () => {
  expect(taskOf(run, agent(2, 1, failed), agent(3, 1))).toEqual(['COMPLETED', null])
  expect(taskOf(run, agent(2, 1), agent(3, 1, failed))).toEqual(['FAILED', 'it broke'])
})

test('an agent below a tool does not decide the outcome', () => {
  expect(taskOf(run, agent(2, 1), step(3, 2, 'execute_tool ask'), agent(4, 3, failed))).toEqual(['COMPLETED', null])
})
