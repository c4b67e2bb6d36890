import { type Counts, noShare, type Share } from './share.ts'

/**
 * Calls of one model that are missing in the sums of money: no price is known (`unpriced`), or nothing says what they used
 * (`uncounted`, without tokens).
 */
export interface CostGap {
  readonly why: 'unpriced' | 'uncounted'
  readonly model: string
  readonly calls: number
  readonly tokens: number
}

/** Returns what a share lacks, or what it lacks more than `before`, sorted by model. */
export function costGapsIn(share: Share, before: Share = noShare): CostGap[] {
  if (share.unpricedCalls.size + share.uncounted.size === 0) return []
  const more = (of: (one: Share) => Counts, model: string) => (of(share).get(model) ?? 0) - (of(before).get(model) ?? 0)
  const unpriced = [...share.unpricedCalls.keys()].sort().map((model): CostGap => {
    const tokens = more((one) => one.unpricedTokens, model)
    return { why: 'unpriced', model, calls: more((one) => one.unpricedCalls, model), tokens }
  })
  const uncounted = [...share.uncounted.keys()].sort().map((model): CostGap => {
    return { why: 'uncounted', model, calls: more((one) => one.uncounted, model), tokens: 0 }
  })
  return [...unpriced, ...uncounted].filter(({ calls }) => calls > 0)
}

/** Adds up gaps of one kind and model. */
export function joinCostGaps(gaps: readonly CostGap[]): CostGap[] {
  const joined = new Map<string, CostGap>()
  for (const gap of gaps) {
    const key = `${gap.why} ${gap.model}`
    const { calls, tokens } = joined.get(key) ?? { calls: 0, tokens: 0 }
    joined.set(key, { ...gap, calls: calls + gap.calls, tokens: tokens + gap.tokens })
  }
  return [...joined.values()]
}
