import type { BilledKind } from '../../reconcile/bill.ts'
import type { UnitPrice } from '../../reconcile/rates.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'

/** So many tokens are priced for a unit price: their cost in whole nano-dollars has all its digits. */
const fewTokens = 100_000
/** A prompt of so many tokens is beyond the steps of all prices. */
const manyTokens = 1_000_000

/** Makes unit prices of the prices of calls: a call of one kind of tokens, at the day and tier in question. */
export function unitPriceOf(price: PriceLookup): UnitPrice {
  return ({ model, provider, at, kind, tier, isLong }) => {
    const tokens = isLong ? manyTokens : fewTokens
    const costOf = (some: KindTokens) => {
      const call = {
        provider,
        model,
        responseModel: null,
        endNs: BigInt(at) * 1_000_000n,
        reasoning: null,
        ...some,
        parts: { ...noParts, cacheWrite1h: kind === 'cache_write_1h' ? some.cacheWrite : null, serviceTier: tier },
      }
      const { costNano } = price(call)
      return costNano === null ? null : BigInt(costNano)
    }
    const whole = costOf(callOf(kind, tokens, isLong))
    // the output of a long prompt has its price beside that of the prompt, and each call may have one of its own
    const rest = costOf(kind === 'output' && isLong ? callOf('input', tokens, true) : callOf('input', 0, false))
    return whole === null || rest === null ? null : { nano: whole - rest, per: BigInt(tokens) }
  }
}

interface KindTokens {
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

function callOf(kind: BilledKind, tokens: number, isLong: boolean): KindTokens {
  return {
    prompt: kind === 'output' && !isLong ? 0 : tokens,
    completion: kind === 'output' ? tokens : 0,
    cacheRead: kind === 'cache_read' ? tokens : 0,
    cacheWrite: kind === 'cache_write' || kind === 'cache_write_1h' ? tokens : 0,
  }
}

const noParts = {
  cacheWrite1h: null,
  audioInput: null,
  audioOutput: null,
  imageInput: null,
  imageOutput: null,
  webSearches: null,
  serviceTier: null,
}
