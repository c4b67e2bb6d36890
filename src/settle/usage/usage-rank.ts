import type { UsageRole } from '../../map/facts/facts.ts'

/** How good a usage is as a report of what was billed: the smaller, the better (docs/design.md §4). A copy covers nothing. */
export const usageRank: Record<UsageRole, number> = {
  call: 0,
  poll: 1,
  own: 2,
  aggregate: 3,
  'last-step': 4,
  partial: 5,
  lifetime: 6,
  estimate: 7,
  copy: 8,
}
