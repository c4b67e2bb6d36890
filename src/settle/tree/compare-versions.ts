import type { Facts } from '../../map/facts/facts.ts'

/**
 * Which of two versions of one span id stays: one that has ended, then the one that ends later, then the one with more attributes, then the
 * greater digest of the canonical span, so that the order of arrival doesn't matter (law 2). 0: they are the same.
 */
export function compareVersions(a: Facts, b: Facts): number {
  if (a.digest === b.digest) return 0
  if (a.open !== b.open) return a.open ? -1 : 1
  if (a.endNs !== b.endNs) return a.endNs > b.endNs ? 1 : -1
  if (a.attributeCount !== b.attributeCount) return a.attributeCount - b.attributeCount
  return a.digest > b.digest ? 1 : -1
}
