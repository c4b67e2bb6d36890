import { divideHalfEven } from '../columns.ts'

/** What a bill and the ledger are compared by. `input` is all input, cached reads and writes included; `cost` is nano-dollars. */
export const measures = ['requests', 'input', 'cache_read', 'cache_write', 'output', 'cost'] as const

export type Measure = (typeof measures)[number]

/** The measures that are no money. */
export const quantities = ['requests', 'input', 'cache_read', 'cache_write', 'output'] as const

/** An amount of each measure: whole numbers, negative in differences. */
export type Amounts = { readonly [M in Measure]: bigint }

export const noAmounts: Amounts = { requests: 0n, input: 0n, cache_read: 0n, cache_write: 0n, output: 0n, cost: 0n }

/** Amounts of which the rest is 0. */
export function amounts(some: Partial<Amounts>): Amounts {
  return { ...noAmounts, ...some }
}

/** Makes amounts measure by measure. */
export function eachMeasure(of: (measure: Measure) => bigint): Amounts {
  return {
    requests: of('requests'),
    input: of('input'),
    cache_read: of('cache_read'),
    cache_write: of('cache_write'),
    output: of('output'),
    cost: of('cost'),
  }
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return eachMeasure((measure) => a[measure] + b[measure])
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return eachMeasure((measure) => a[measure] - b[measure])
}

export function sumOf(all: Iterable<Amounts>): Amounts {
  let sum = noAmounts
  for (const one of all) sum = plus(sum, one)
  return sum
}

/** Keeps the amounts of some measures; the others become 0. */
export function only(all: Amounts, kept: ReadonlySet<Measure>): Amounts {
  return eachMeasure((measure) => (kept.has(measure) ? all[measure] : 0n))
}

export function areZero(all: Amounts): boolean {
  return measures.every((measure) => all[measure] === 0n)
}

export function absolute(n: bigint): bigint {
  return n < 0n ? -n : n
}

/** Multiplies by a fraction and rounds half to even; the sign may be negative, the denominator may not. */
export function scaled(n: bigint, numerator: bigint, denominator: bigint): bigint {
  const product = n * numerator
  return product < 0n ? -divideHalfEven(-product, denominator) : divideHalfEven(product, denominator)
}
