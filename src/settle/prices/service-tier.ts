/** A price times numerator / denominator. */
export interface Factor {
  readonly numerator: bigint
  readonly denominator: bigint
}

export const standard: Factor = { numerator: 1n, denominator: 1n }
const half: Factor = { numerator: 1n, denominator: 2n }

/**
 * What OpenAI's priority tier costs, in times of the standard price, by the beginning of the model's name; the first that
 * fits. Source: OpenAI's price list, November 2026.
 */
const priority: readonly (readonly [string, Factor])[] = [
  ['gpt-5-mini', { numerator: 9n, denominator: 5n }],
  ['gpt-5', { numerator: 2n, denominator: 1n }],
  ['gpt-4.1-nano', { numerator: 2n, denominator: 1n }],
  ['gpt-4.1', { numerator: 7n, denominator: 4n }],
  ['gpt-4o-mini', { numerator: 5n, denominator: 3n }],
  ['gpt-4o', { numerator: 17n, denominator: 10n }],
  ['o3', { numerator: 7n, denominator: 4n }],
  ['o4-mini', { numerator: 20n, denominator: 11n }],
]

/**
 * Returns what tokens of a call cost in the tier that served it. Batches and the flexible tier cost half with all
 * providers that sell them. Anthropic's priority tier is paid for ahead and has no price of its own.
 */
export function tierFactor(tier: string | null, model: string): Factor {
  const word = tier?.toLowerCase() ?? ''
  if (word === 'batch' || word === 'flex' || word === 'flex_discount') return half
  if (word !== 'priority') return standard
  const name = model.slice(model.lastIndexOf('/') + 1)
  return priority.find(([beginning]) => name.startsWith(beginning))?.[1] ?? standard
}
