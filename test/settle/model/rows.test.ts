import { expect, test } from 'vitest'
import { isAttempt, isCall, noRowChanges } from '../../../src/settle/model/rows.ts'
import { call, nodeOf, settled, span, tool } from '../facts.ts'

test('the report of a usage is a call, that of a tool run an attempt', () => {
  const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
  const { trace } = settled([
    call(1, 9, { elsewhere: true }),
    span(2, 0, { workflowId: 'wf', run, kind: 'task' }),
    span(3, 2, { kind: 'tool', tool: tool() }),
  ])
  const [usageReport, attempt] = [nodeOf(trace, 1).rows!.report!, nodeOf(trace, 3).rows!.report!]
  expect([isCall(usageReport), isAttempt(usageReport)]).toEqual([true, false])
  expect([isCall(attempt), isAttempt(attempt)]).toEqual([false, true])
})

test('changes start empty, and no two tables share a list', () => {
  const { events, usage, tools, agents, reports } = noRowChanges()
  const lists = [events, usage, tools, agents, reports].flatMap((table) => Object.values(table) as unknown[][])
  expect(lists).toHaveLength(18)
  expect(lists.every((list) => list.length === 0)).toBe(true)
  expect(new Set(lists).size).toBe(18)
})
