import { type Amounts, noAmounts, plus } from './amounts.ts'
import { msPerDay } from './bill.ts'
import type { CellPlace } from './compare.ts'
import type { KnownGap, LedgerEvidence, ProvenCalls } from './ledger/ledger.ts'
import { plainModel } from './models.ts'

/** A number that several cells draw from: what one has taken proves nothing for another. */
export interface Pool {
  left: bigint
}

/** What the ledger proves about one cell. */
export interface CellEvidence {
  readonly uncounted: readonly Pool[]
  readonly failed: readonly Pool[]
  readonly cutOff: readonly Pool[]
  /** Tokens. */
  readonly unaccounted: readonly Pool[]
  readonly refused: readonly Pool[]
  readonly repeated: Amounts
  readonly blocked: Amounts
  /** Billed requests that the ledger lacks by their id, and calls with an id that are not on the bill. */
  readonly missing: Amounts
}

/** Takes at most so many from pools, and returns how many that were. */
export function takeFrom(pools: readonly Pool[], most: bigint): bigint {
  let taken = 0n
  for (const pool of pools) {
    const some = pool.left < most - taken ? pool.left : most - taken
    if (some <= 0n) continue
    pool.left -= some
    taken += some
  }
  return taken
}

/** Finds what is known of a cell. */
export type EvidenceOf = (place: CellPlace) => CellEvidence

/** Sorts what the ledger knows by day and model. `keyOf` names a model as cells do. */
export function sortEvidence(
  evidence: LedgerEvidence,
  missing: readonly ProvenCalls[],
  keyOf: (model: string) => string,
): EvidenceOf {
  const gaps = evidence.gaps.map((gap) => ({
    ...gap,
    key: keyOf(gap.model),
    calls: { left: gap.calls },
    tokens: { left: gap.tokens },
  }))
  const refused = evidence.refused.map(({ at, spans }) => ({ at, spans: { left: spans } }))
  const isIn = ({ at }: { readonly at: number }, { from, to }: CellPlace) => at < to && at + msPerDay > from
  return (place) => {
    const isOf = (model: string) => place.model === null || keyOf(model) === place.model
    const ofCell = gaps.filter((gap) => isIn(gap, place) && (place.model === null || gap.key === place.model))
    const calls = (what: KnownGap['what']) => ofCell.flatMap((gap) => (gap.what === what ? [gap.calls] : []))
    const proven = (all: readonly ProvenCalls[]) =>
      all
        .filter(({ at, model }) => at >= place.from && at < place.to && isOf(model))
        .reduce((sum, { amounts }) => plus(sum, amounts), noAmounts)
    return {
      uncounted: calls('uncounted'),
      failed: calls('failed'),
      cutOff: calls('cut_off'),
      unaccounted: ofCell.flatMap((gap) => (gap.what === 'unaccounted' ? [gap.tokens] : [])),
      refused: refused.flatMap((one) => (isIn(one, place) ? [one.spans] : [])),
      repeated: proven(evidence.repeated),
      blocked: proven(evidence.blocked),
      missing: proven(missing),
    }
  }
}

/** Names a model as the cells of a comparison do. */
export function modelKey(keys: ReadonlyMap<string, string>): (model: string) => string {
  return (model) => keys.get(model) ?? plainModel(model)
}
