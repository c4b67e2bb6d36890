import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newNode } from '../../../src/settle/model/new-node.ts'
import {
  addEntry,
  bestEntries,
  bestOfFew,
  newOpenEntries,
  removeEntry,
} from '../../../src/settle/share/open-entries.ts'
import { at, span } from '../facts.ts'

const part = fc
  .record({
    n: fc.integer({ min: 1, max: 40 }),
    kind: fc.nat(3),
    isOpen: fc.boolean(),
    end: fc.nat(50),
    start: fc.nat(9),
  })
  .map(({ n, kind, isOpen, end, start }) => ({ n, kind, isOpen, endNs: at(end), key: `${9 - start} ${n}` }))

test('many entries come to the same as few that are looked at whole, whichever come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(part, fc.boolean()), { maxLength: 200 }), (steps) => {
      const nodes = Array.from({ length: 41 }, (_, n) => newNode(span(n, 0)))
      const entries = newOpenEntries([])
      for (const [{ n, ...rest }, comes] of steps) {
        const node = nodes[n]!
        removeEntry(entries, node)
        if (comes) addEntry(entries, { node, ...rest })
        expect(bestEntries(entries)).toEqual(bestOfFew([...entries.parts.values()]))
      }
    }),
  )
})
