import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SmallSet } from '../../../src/settle/small/small-set.ts'

const items = fc.constantFrom('a', 'b', 'c')
const changes = fc.array(fc.record({ adds: fc.boolean(), item: items }))

test('a small set has what a set has, in the same order', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const [small, set] = [new SmallSet<string>(), new Set<string>()]
      for (const { adds, item } of list) {
        if (adds) small.add(item)
        else small.delete(item)
        if (adds) set.add(item)
        else set.delete(item)
        expect([...small]).toEqual([...set])
        expect(small.size).toBe(set.size)
        expect(['a', 'b', 'c'].map((one) => small.has(one))).toEqual(['a', 'b', 'c'].map((one) => set.has(one)))
      }
    }),
  )
})
