import type { UsageRole } from '../../map/facts/facts.ts'

/** How good a usage is as a report of what was billed: the smaller, the better (docs/design.md §4). A copy covers nothing. */
export const usageRank: Record<UsageRole, number> = {
  call: 0,
  own: 1,
  aggregate: 2,
  'last-step': 3,
  partial: 4,
  lifetime: 5,
  estimate: 6,
  copy: 7,
}
