import type { DerivedTrace } from '../../settle/derive.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { deriveTrace, type KnownTrace, settleRead } from '../../transaction/read/read-traces.ts'

/** Traces that were read and derived lately. */
export interface TraceStore {
  derived(database: Database, known: KnownTrace): Promise<DerivedTrace>
  /** The same, with its rows. */
  settled(database: Database, known: KnownTrace): Promise<DerivedTrace>
}

interface StoredTrace {
  readonly version: string
  readonly derived: DerivedTrace
  isSettled: boolean
}

/** Keeps the traces that were read last, of so many spans in all; the one that was read last stays however large it is. */
export function openTraceStore(price: PriceLookup, mostSpans: number): TraceStore {
  const stored = new Map<string, StoredTrace>()
  const get = async (database: Database, known: KnownTrace): Promise<StoredTrace> => {
    const key = `${database.tenant}\u0000${known.trace}\u0000${known.epoch}`
    const found = stored.get(key)
    stored.delete(key)
    const current =
      found?.version === known.version
        ? found
        : { version: known.version, derived: await deriveTrace(database, known), isSettled: false }
    stored.set(key, current)
    let spans = 0
    for (const [other, { derived }] of [...stored].reverse()) {
      spans += derived.trace.nodes.size
      if (spans > mostSpans && other !== key) stored.delete(other)
    }
    return current
  }
  return {
    derived: async (database, known) => (await get(database, known)).derived,
    async settled(database, known) {
      const one = await get(database, known)
      if (!one.isSettled) await settleRead(database, price, [one.derived])
      one.isSettled = true
      return one.derived
    },
  }
}
