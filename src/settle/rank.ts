import type { UsageRole } from '../map/facts.ts'

/** How good a usage is as a report of what was billed: the smaller, the better. A copy is never a source. */
export const rankOf: Record<UsageRole, number> = {
  call: 0,
  aggregate: 1,
  'last-step': 2,
  partial: 3,
  lifetime: 4,
  estimate: 5,
  copy: 6,
}
