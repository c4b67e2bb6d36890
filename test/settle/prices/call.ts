import type { PricedCall } from '../../../src/settle/prices/call-cost.ts'

/** A call of a known model without any tokens, on 2026-11-23. */
export const call: PricedCall = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  responseModel: null,
  prompt: 0,
  completion: 0,
  cacheRead: null,
  cacheWrite: null,
  reasoning: null,
  endNs: 1_795_407_990_000_000_000n,
}
