import { expect, test } from 'vitest'
import { newOpenShare } from '../../../src/settle/model/open-share.ts'
import { noShare, noSums } from '../../../src/settle/share/share.ts'

test('a new open share has no members, the sums of nothing, and was last closed as no share', () => {
  const share = newOpenShare('wf')
  expect(share.workflow).toBe('wf')
  expect(share.sums).toBe(noSums)
  expect(share.lastClosed).toBe(noShare)
  const { members, entries, best, staleFields, agents, models, providers, tools, runs } = share
  const parts = [members, entries, best, staleFields, agents, models, providers, tools, runs]
  expect(parts.map(({ size }) => size)).toEqual(parts.map(() => 0))
  expect(new Set(parts).size).toBe(parts.length)
})
