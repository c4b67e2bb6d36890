import type { Facts } from '../../src/map/facts/facts.ts'
import type { QueueOptions } from '../../src/queue/options.ts'
import { callFacts } from '../support/facts.ts'

/** A database that refuses some facts, without naming them, and commits the others. */
export interface FakeDatabase {
  /** How many facts each transaction had, refused ones included. */
  readonly sizes: number[]
  /** Ids of committed facts. */
  readonly committed: Set<string>
  readonly options: QueueOptions<string>
}

interface FakeOptions extends Partial<QueueOptions<string>> {
  /** The ids of the facts that are refused. */
  readonly bad?: ReadonlySet<string>
  /** Called at the beginning of each transaction; what it throws is no fault of a fact. */
  readonly begin?: (facts: readonly Facts[]) => Promise<void>
}

/** Options of a queue with one lane before a fake database. */
export function fakeDatabase({ bad = new Set(), begin, ...options }: FakeOptions = {}): FakeDatabase {
  const sizes: number[] = []
  const committed = new Set<string>()
  const commit = async (facts: readonly Facts[]) => {
    sizes.push(facts.length)
    await begin?.(facts)
    if (facts.some(({ id }) => bad.has(id))) throw 'refused'
    return facts.map(({ id }) => {
      const outcome = committed.has(id) ? 'duplicate' : 'committed'
      committed.add(id)
      return outcome
    })
  }
  return {
    sizes,
    committed,
    options: {
      lanes: 1,
      factsPerLane: 128,
      maxBatchFacts: 4_096,
      maxWaitingFacts: 100_000,
      beginWithinMs: 60_000,
      retryPauseMs: () => 1,
      commit,
      failing: (error) => (error === 'refused' ? 'unknown' : null),
      refused: String,
      ...options,
    },
  }
}

/** Holds transactions back until `open` is called, so that later jobs wait together. */
export function gate(): { readonly open: () => void; readonly wait: () => Promise<void> } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), wait: () => opened }
}

/** The facts of the numbers from `from` up to, but not with, `to`. */
export function facts(from: number, to: number): Facts[] {
  return Array.from({ length: to - from }, (_, i) => callFacts(from + i))
}

/** The ids of the facts of these numbers. */
export function ids(numbers: Iterable<number>): Set<string> {
  return new Set([...numbers].map((number) => callFacts(number).id))
}
