import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'

/** The span of an attempt; of those that say that it has begun, `$span.partial`, the real one is still to come. */
function isAttempt({ name, attributes }: Item): boolean {
  return /^Attempt \d+$/.test(name) && attributes.get('$span.partial') !== true
}

/** Trigger.dev: every span of a run carries its ids, and the last attempt tells how it ended. */
export const triggerDev: Dialect = {
  name: 'Trigger.dev',
  about: { seen: 'its source', signals: 'traces', silent: '' },
  detect: { keys: ['ctx.run.id'], with: ['ctx.task.id'] },
  kinds: [{ kind: 'workflow', when: isAttempt }],
  fields: {
    workflowId: ['ctx.run.id'],
    workflowName: ['ctx.task.id'],
    tenant: ['ctx.organization.id'],
  },
  usage: noUsage,
  run: (item) => runPart(isAttempt(item) ? 'end' : 'outside'),
}
