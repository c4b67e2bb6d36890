import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'

/** Whether a span is an attempt that has ended; a span with `$span.partial` only reports the start of one. */
function isAttempt({ name, attributes }: Item): boolean {
  return /^Attempt \d+$/.test(name) && attributes.get('$span.partial') !== true
}

/** Trigger.dev. Every span carries the ids of its run, and the last attempt is the end of the run (docs/dialects.md §21.7). */
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
