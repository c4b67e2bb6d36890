import { expect, test } from 'vitest'
import { growthOf } from '../../src/receiver/garbage.ts'

const megabyte = 1024 * 1024

test.each([
  [0, true, 110],
  [80, true, 110],
  [160, true, 100],
  [1600, true, 30],
  [10, false, 110],
  [96, false, 50],
  [200, false, 30],
])('a heap of %s MB, calm: %s, grows by %s %% at most', (megabytes, calm, percent) => {
  expect(growthOf(megabytes * megabyte, calm)).toBe(percent)
})
