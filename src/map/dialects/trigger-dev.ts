import type { Dialect } from '../table/dialect.ts'
import { noUsage, part } from '../table/engine-parts.ts'
import type { Reading } from '../table/reading.ts'

/** The span of an attempt; of those that say that it has begun, `$span.partial`, the real one is still to come. */
function isAttempt({ name, attributes }: Reading): boolean {
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
  run: (reading) => part(isAttempt(reading) ? 'end' : 'outside'),
}
