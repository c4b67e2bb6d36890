import { expect, test } from 'vitest'
import { noUsageRank } from '../../../src/settle/model/node.ts'
import { usageRank } from '../../../src/settle/usage/usage-rank.ts'

test('a call is the best report, then the sums, then what knows less; a copy is the worst', () => {
  const roles = Object.entries(usageRank).sort(([, a], [, b]) => a - b)
  expect(roles.map(([role]) => role)).toEqual([
    'call',
    'poll',
    'own',
    'aggregate',
    'last-step',
    'partial',
    'lifetime',
    'estimate',
    'copy',
  ])
  expect(new Set(Object.values(usageRank)).size).toBe(9)
  expect(Math.max(...Object.values(usageRank))).toBeLessThan(noUsageRank)
})
