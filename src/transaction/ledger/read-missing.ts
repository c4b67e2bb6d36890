import { applySharedCalls } from '../../settle/call-ids/shared-calls.ts'
import { trustedIdsIn } from '../../settle/call-ids/trusted-id.ts'
import { type DerivedTrace, derive } from '../../settle/derive.ts'
import type { RowPrice } from '../../settle/model/rows.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { forgetContent } from '../../settle/rows/event-stubs.ts'
import { type IsRepriced, noneRepriced, type StoredCost } from '../../settle/rows/kept-price.ts'
import { packNodes } from '../../settle/rows/pack-nodes.ts'
import { type TraceChanges, writeDerived } from '../../settle/settle.ts'
import { setMoves } from '../../settle/tree/large-moves.ts'
import { applyStoredCosts } from '../../settle/workflow/stored-costs.ts'
import type { Session } from '../../store/database.ts'
import { column, groupByTrace } from '../lists.ts'
import { statement } from '../statements.ts'
import { readSharedCalls } from './call-ids/call-ids.ts'
import { factsFromText } from './facts-codec.ts'
import { extendIdleLimit } from './idle-limit.ts'
import type { LockedTrace } from './locked-trace.ts'
import { readMoves } from './moves.ts'

/** A locked trace, and the version up to which it has been read. */
export interface ReadTrace {
  readonly locked: Pick<LockedTrace, 'trace' | 'version' | 'epoch'>
  readonly readVersion: number
  readonly moving: boolean
}

/** How the rows of read traces are priced. */
interface Prices {
  readonly price: PriceLookup
  readonly isRepriced?: IsRepriced | undefined
}

/** So many writes to a trace are read at once at first. Twice as many follow as long as they have few facts. */
const fewVersions = 64
const fewFacts = 1000
const noIds: ReadonlySet<string> = new Set()

function isBehind({ locked, readVersion }: ReadTrace): boolean {
  return readVersion < locked.version - 1
}

/**
 * Reads the facts that other transactions have written to these traces, and settles them as those have: the changes of
 * rows that follow are committed already, so they are dropped. A long trace is read in parts, and packed after each.
 */
export async function readMissing(session: Session, prices: Prices, traces: readonly ReadTrace[]): Promise<void> {
  let [behind, versions] = [traces, fewVersions]
  for (;;) {
    behind = behind.filter(isBehind)
    if (behind.length === 0) return
    const lastOf = ({ locked, readVersion }: ReadTrace) => Math.min(readVersion + versions, locked.version - 1)
    const entries = await session.query<{ trace: string; facts: string }>(statement('ledger_between'), [
      behind.map(({ locked }) => locked.epoch),
      behind.map(({ locked }) => locked.trace.id),
      column(behind, 'readVersion'),
      behind.map(lastOf),
    ])
    const facts = entries.flatMap(({ trace, facts: text }) => factsFromText(trace, text))
    await extendIdleLimit(
      session,
      behind.reduce((sum, { locked }) => sum + locked.trace.nodes.size, facts.length),
    )
    const missing = groupByTrace(facts)
    await settleMissing(
      session,
      prices,
      behind,
      behind.map(({ locked: { trace } }) => derive(trace, missing.get(trace.id) ?? [])),
    )
    behind = behind.map((one) => ({ ...one, readVersion: lastOf(one) }))
    if (facts.length < fewFacts) versions *= 2
  }
}

async function settleMissing(
  session: Session,
  { price, isRepriced = noneRepriced }: Prices,
  behind: readonly ReadTrace[],
  derived: readonly DerivedTrace[],
): Promise<void> {
  await applyMoves(session, behind, derived)
  const idsIn = ({ remembered }: DerivedTrace) => new Set(remembered.flatMap((facts) => trustedIdsIn(facts, noIds)))
  const changes = await writeAsCommitted(session, price, derived, idsIn)
  for (const { trace, remembered } of derived) forgetContent(trace, column(remembered, 'id'))
  await restoreCosts(session, derived, changes, isRepriced)
  for (const { trace } of derived) packNodes(trace)
}

/** Leaves nodes in the workflow that they had before, where their rows have not moved so far. */
async function applyMoves(
  session: Session,
  behind: readonly ReadTrace[],
  derived: readonly DerivedTrace[],
): Promise<void> {
  const moving = behind.filter(({ moving: isMoving, locked }) => isMoving || locked.trace.moving.size > 0)
  const moves = await readMoves(
    session,
    moving.map(({ locked }) => locked.trace.id),
  )
  for (const { trace, dirty } of derived) {
    const own = moves.get(trace.id)
    if (own !== undefined) setMoves(trace, own, trace.isRun ? dirty : new Set())
  }
}

/**
 * Settles traces that were read as they were settled when they were written: with what they share with other traces. What
 * is shared of ids that are not among `idsOf` is known already.
 */
export async function writeAsCommitted(
  session: Session,
  price: PriceLookup,
  derived: readonly DerivedTrace[],
  idsOf: (one: DerivedTrace) => ReadonlySet<string> = ({ trace }) => trace.callIds,
): Promise<TraceChanges[]> {
  const shared = await readSharedCalls(
    session,
    derived.map((one) => ({ trace: one.trace, ids: idsOf(one) })),
  )
  return derived.map((one) => {
    applySharedCalls([one], shared.get(one.trace) ?? [])
    return writeDerived(one, price)
  })
}

type CostRow = RowPrice & { readonly id: string; readonly cost: string; readonly unpriced: boolean | null }

/** Replaces the costs that were just computed by those of the rows: prices may have changed since (law 4). */
async function restoreCosts(
  session: Session,
  derived: readonly DerivedTrace[],
  changes: readonly TraceChanges[],
  isRepriced: IsRepriced,
): Promise<void> {
  const priced = changes.map(({ rows }) => rows.usage.added.filter((row) => !isRepriced(row)))
  const ids = priced.flatMap((rows) => rows.map(({ id }) => id))
  if (ids.length === 0) return
  const rows = await session.query<CostRow>(statement('usage_costs'), [ids])
  const costs = new Map(
    rows.map(({ id, cost, unpriced, ...price }): [string, StoredCost] => [
      id,
      { costNano: BigInt(cost), unpriced, price },
    ]),
  )
  derived.forEach(({ trace }, i) => {
    applyStoredCosts(
      trace,
      priced[i]!.map(({ place }) => trace.nodes.get(place.node)!),
      costs,
    )
  })
}
