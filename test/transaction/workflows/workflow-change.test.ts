import { expect, test } from 'vitest'
import { nextSeq, ownsTask } from '../../../src/transaction/workflows/workflow-change.ts'
import { changeOf } from '../changes.ts'

test('numbers of events grow by one', () => {
  const change = { ...changeOf('wf'), seq: 2n ** 40n }
  expect([nextSeq(change), nextSeq(change)]).toEqual([2n ** 40n + 1n, 2n ** 40n + 2n])
  expect(change.seq).toBe(2n ** 40n + 2n)
})

test('a task is ours unless another writer has written it', () => {
  expect(ownsTask(changeOf('wf'))).toBe(true)
  expect(ownsTask({ ...changeOf('wf'), task: changeOf('other').task })).toBe(false)
})
