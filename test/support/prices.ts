import type { PriceLookup } from '../../src/settle/prices/prices.ts'

/** Knows no price. */
export const noPrice: PriceLookup = () => ({ costNano: null, provider: null, source: 'none', parts: {} })

/** Prices every call so many nano-dollars, as if for its input. */
export function fixedPrice(costNano: number, provider: string | null = null): PriceLookup {
  return () => ({ costNano, provider, source: 'own', parts: costNano === 0 ? {} : { input: costNano } })
}
