/** Words that name a thing which a bill may count. */
const counted: ReadonlySet<string> = new Set(['usage', 'cost', 'costs', 'price', 'credits', 'spend'])
/** Words beside which `token` is a counter, and no secret or cursor. */
const counters: ReadonlySet<string> = new Set(['count', 'counts', 'usage', 'total', 'details'])
/** Words of a name that is a bound, a rate, a guess or an amount of something else. */
const others: ReadonlySet<string> = new Set([
  ...['max', 'min', 'limit', 'limits', 'budget', 'quota', 'remaining', 'window', 'threshold'],
  ...['per', 'rate', 'time', 'percent', 'percentage', 'ratio', 'avg', 'estimated', 'estimate'],
  ...['type', 'id', 'currency', 'memory', 'cpu', 'disk'],
])
/** Words that only names of attributes about a model contain, on spans of every kind. */
const aboutModels: ReadonlySet<string> = new Set([
  ...['tokens', 'token', 'ai', 'genai', 'llm', 'model', 'prompt', 'completion', 'inference'],
])
/** What a call asks for, and not what it used. */
const requested = /^(gen_ai|llm)\.(request|invocation_parameters)\./

/** What is in each name that looks like usage. To split each of a hundred thousand names into words would take a tenth of a second. */
const mayBeCounted = /token|usage|cost|price|credits|spend/i

/** An attribute key that looks as if its number were a part of a bill. */
export interface UsageKey {
  readonly key: string
  /** true: the name is about a model; false: on a span that is no agent work it may be the price of anything. */
  readonly aboutModels: boolean
  /** true: the number is money. */
  readonly isMoney: boolean
}

/** Returns the keys whose names look like usage: they have a part such as `tokens`, `usage`, `cost`, `price`, `credits`. */
export function usageKeysIn(keys: Iterable<string>): UsageKey[] {
  return [...keys].flatMap((key) => {
    if (!mayBeCounted.test(key) || requested.test(key)) return []
    const words = wordsOf(key)
    const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word))
    const isToken = words.includes('tokens') || (words.includes('token') && has(counters))
    // `tool.usage_count` counts something else
    const looksCounted = isToken || (has(counted) && !words.includes('count'))
    if (!looksCounted || has(others)) return []
    const isMoney = words.some((word) => /^(costs?|price|spend)$/.test(word))
    return [{ key, aboutModels: has(aboutModels), isMoney }]
  })
}

/** Splits a key at everything that isn't a letter or digit, and before capitals: `ai.usage.promptTokens`. The end of a long one says what it is. */
export function wordsOf(key: string): string[] {
  return key
    .slice(-longestName)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

const longestName = 256
