import fc from 'fast-check'
import type { Facts } from '../../src/map/facts/facts.ts'
import { factSets } from './arbitrary.ts'
import { conversations } from './arbitrary-conversations.ts'
import { traceId } from './facts.ts'

/** So many sets make a large one. */
const mostParts = 14

/**
 * Traces of up to some hundred nodes: several sets in one trace, under one root or none, with the counters, ids and names
 * that all of them have in common. Some parts follow each other in time, others are at once.
 */
export const largeSets: fc.Arbitrary<Facts[]> = fc
  .tuple(
    fc.array(fc.oneof(factSets, conversations(true)), { minLength: 6, maxLength: mostParts }),
    fc.array(fc.nat(40), { minLength: mostParts, maxLength: mostParts }),
    fc.boolean(),
  )
  .map(([sets, seconds, haveRoot]) =>
    sets.flatMap((set, part) =>
      set.map((facts) => placed(facts, part, BigInt(seconds[part]!) * 1_000_000_000n, haveRoot)),
    ),
  )

function placed(facts: Facts, part: number, laterNs: bigint, haveRoot: boolean): Facts {
  const isRoot = haveRoot && part === 0
  const idIn = (id: string) => (id === '' ? '' : `${part.toString(16)}${id.slice(1)}`)
  const later = (ns: bigint) => (facts.startNs === 0n && facts.endNs === 0n ? ns : ns + laterNs)
  return {
    ...facts,
    trace: traceId,
    id: idIn(facts.id),
    // parts hang under a span of the first part, which may come last
    parent: facts.parent === '' && haveRoot && !isRoot ? `0${'1'.padStart(15, '0')}` : idIn(facts.parent),
    startNs: later(facts.startNs),
    endNs: later(facts.endNs),
    events: facts.events.map((event) => ({ ...event, timeNs: later(event.timeNs) })),
  }
}
