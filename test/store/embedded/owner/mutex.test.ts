import { expect, test } from 'vitest'
import { Unavailable } from '../../../../src/errors.ts'
import { openMutex } from '../../../../src/store/embedded/owner/mutex.ts'

test('the mutex is given to waiting callers in their order, one at a time', async () => {
  const mutex = openMutex()
  const order: number[] = []
  let holders = 0
  await Promise.all(
    [1, 2, 3].map(async (number) => {
      const release = await mutex.acquire(0)
      expect(++holders).toBe(1)
      order.push(number)
      await new Promise((resolve) => setImmediate(resolve))
      holders--
      release()
    }),
  )
  expect(order).toEqual([1, 2, 3])
})

test('a caller that waits too long is refused, and is passed over', async () => {
  const mutex = openMutex()
  const release = await mutex.acquire(0)
  const impatient = mutex.acquire(5)
  const patient = mutex.acquire(0)
  await expect(impatient).rejects.toBeInstanceOf(Unavailable)
  release()
  const second = await patient
  second()
  expect(await mutex.acquire(5)).toBeInstanceOf(Function)
})
