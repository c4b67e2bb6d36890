import type { UsageParts } from '../../../src/map/facts/facts.ts'
import type { PricedCall } from '../../../src/settle/prices/prices.ts'

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

/** No part is stated. */
export const noParts: UsageParts = {
  cacheWrite1h: null,
  audioInput: null,
  audioOutput: null,
  imageInput: null,
  imageOutput: null,
  webSearches: null,
  serviceTier: null,
}
