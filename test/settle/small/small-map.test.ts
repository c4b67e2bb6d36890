import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SmallMap } from '../../../src/settle/small/small-map.ts'

const keys = ['a', 'b', 'c'] as const
const changes = fc.array(
  fc.record({
    change: fc.constantFrom('set', 'set', 'delete', 'clear'),
    key: fc.constantFrom(...keys),
    value: fc.nat(9),
  }),
)

test('a small map has what a map has, in the same order', () => {
  fc.assert(
    fc.property(changes, (list) => {
      const [small, map] = [new SmallMap<string, number>(), new Map<string, number>()]
      for (const { change, key, value } of list) {
        for (const one of [small, map]) {
          if (change === 'set') one.set(key, value)
          else if (change === 'delete') one.delete(key)
          else one.clear()
        }
        expect([...small]).toEqual([...map])
        expect([...small.keys()]).toEqual([...map.keys()])
        expect([...small.values()]).toEqual([...map.values()])
        expect(small.size).toBe(map.size)
        expect(keys.map((one) => small.has(one))).toEqual(keys.map((one) => map.has(one)))
        expect(keys.map((one) => small.get(one))).toEqual(keys.map((one) => map.get(one)))
      }
    }),
  )
})
