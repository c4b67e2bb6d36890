import type { CostGap } from '../../settle/share/cost-gaps.ts'

/** Says which calls are missing in the sums of money, by model; '' where none is. */
export function costGapsText(gaps: readonly CostGap[]): string {
  const of = (why: CostGap['why'], text: (gap: CostGap) => string) => gaps.filter((gap) => gap.why === why).map(text)
  const unpriced = of('unpriced', (gap) => `${callsText(gap)} (${gap.tokens} tokens)`)
  const uncounted = of('uncounted', callsText)
  return [
    ...(unpriced.length === 0 ? [] : [`no price is known for ${unpriced.join(', ')}`]),
    ...(uncounted.length === 0 ? [] : [`nothing says what ${uncounted.join(', ')} used`]),
  ].join('; ')
}

function callsText({ model, calls }: CostGap): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'} of ${model}`
}
