import { expect, test } from 'vitest'
import { addDays, dateOf, dayOf, noDay } from '../../../src/settle/workflow/day-sums.ts'
import type { TaskRow } from '../../../src/settle/workflow/task-row.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { call, settled, span, tool } from '../facts.ts'

const { changes } = settled([
  span(1, 0, { workflowId: 'wf', kind: 'task' }),
  call(2, 1, { cacheRead: 10 }),
  span(3, 1, { kind: 'tool', tool: tool() }),
])
const share = changes[0]!.shares[0]!.after
const task = taskRow('wf', share)
const day = (other: Partial<TaskRow> = {}) => dayOf({ ...task, ...other }, share)

test('a task adds its sums to the day', () => {
  expect(day()).toEqual({
    tasks: 1,
    successful: 1,
    failed: 0,
    tokens: 120,
    costNano: 120n,
    tools: 1,
    durationMs: 1_000,
    ended: 1,
    calls: 1,
    cacheHits: 1,
    models: new Map([['gpt-4o-mini', 120]]),
    toolRuns: new Map([['search', 1]]),
  })
})

test('only a task that ended well is successful, only a failed one failed', () => {
  const counts = (['COMPLETED', 'FAILED', 'CANCELLED', 'RUNNING'] as const).map((status) => {
    const { successful, failed } = day({ status })
    return [successful, failed]
  })
  expect(counts).toEqual([
    [1, 0],
    [0, 1],
    [0, 0],
    [0, 0],
  ])
})

test('a task that runs has no duration', () => {
  expect(day({ durationMs: null })).toMatchObject({ ended: 0, durationMs: 0 })
  expect(day({ durationMs: 0 })).toMatchObject({ ended: 1, durationMs: 0 })
})

test('days are added and taken away again', () => {
  const two = addDays(day(), day(), 1)
  expect(two).toMatchObject({
    tasks: 2,
    successful: 2,
    tokens: 240,
    costNano: 240n,
    tools: 2,
    durationMs: 2_000,
    ended: 2,
    calls: 2,
    cacheHits: 2,
  })
  expect([two.models.get('gpt-4o-mini'), two.toolRuns.get('search')]).toEqual([240, 2])
  expect(addDays(two, day(), -1)).toEqual(day())
  expect(addDays(day(), day(), -1)).toEqual(noDay)
  expect(addDays(noDay, day({ status: 'FAILED' }), -1)).toMatchObject({ failed: -1, costNano: -120n })
})

test('the day of a task is that of its start in UTC', () => {
  const startedNs = (text: string) => BigInt(Date.parse(text)) * 1_000_000n
  expect(dateOf({ ...task, startedNs: startedNs('2026-11-24T23:59:59.999Z') + 999_999n })).toBe('2026-11-24')
  expect(dateOf({ ...task, startedNs: startedNs('2026-11-25T00:00:00.000Z') })).toBe('2026-11-25')
})
