import type { Facts } from '../../map/facts/facts.ts'

/**
 * Compares two versions of one span id; the greater one stays, so that the order of arrival does not matter (law 2). A
 * version that has ended is greater, then the one that ends later, then the one with more attributes, then the one with
 * the greater digest of the canonical span. 0 means that they are the same version.
 */
export function compareVersions(a: Facts, b: Facts): number {
  if (a.digest === b.digest) return 0
  if (a.open !== b.open) return a.open ? -1 : 1
  if (a.endNs !== b.endNs) return a.endNs > b.endNs ? 1 : -1
  if (a.attributeCount !== b.attributeCount) return a.attributeCount - b.attributeCount
  return a.digest > b.digest ? 1 : -1
}
