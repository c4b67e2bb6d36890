import { expect, test } from 'vitest'
import { openBudget } from '../../../src/accept/body/budget.ts'
import { Unavailable } from '../../../src/errors.ts'
import { MiB } from '../servers.ts'

test('of several long bodies no more than half of the budget is held; one alone may take all of it', () => {
  const budget = openBudget(72 * MiB)
  const [first, second, third] = [budget.lease(), budget.lease(), budget.lease()]
  first.take(64 * MiB)
  second.take(MiB)
  expect(() => second.take(1)).toThrow(Unavailable)
  first.release()
  second.take(20 * MiB)
  third.take(15 * MiB)
  expect(() => third.take(1)).toThrow(Unavailable)
  second.release()
  third.take(57 * MiB)
  expect(() => third.take(1)).toThrow(Unavailable)
  third.release()
  expect(budget.held()).toBe(0)
})

test('what is given back can be taken by others, and never more than was taken', () => {
  const budget = openBudget(72 * MiB)
  const [first, second] = [budget.lease(), budget.lease()]
  first.take(64 * MiB)
  first.give(60 * MiB)
  second.take(20 * MiB)
  expect(budget.held()).toBe(24 * MiB)
  first.give(10 * MiB)
  first.release()
  expect(budget.held()).toBe(20 * MiB)
})

test('a request for which there is hardly any room is not read', () => {
  const taken: number[] = []
  const budget = openBudget(72 * MiB, (bytes) => taken.push(bytes))
  const first = budget.lease()
  first.take(68 * MiB + 1)
  expect(() => budget.lease()).toThrow(Unavailable)
  first.release()
  budget.lease().take(1)
  expect(taken).toEqual([68 * MiB + 1, 1])
})
