import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage } from '../table/shared-parts.ts'

/** Their keys are not agreed on: whatever names a run's id. */
function workflowId({ attributes }: Item) {
  for (const [key, value] of attributes) if (/^dagster\..*run.*id$/.test(key) && value !== null) return value
  return undefined
}

/** Dagster makes no spans itself; those of its community's packages name their run, and no more is known of them. */
export const dagster: Dialect = {
  name: 'Dagster',
  about: {
    seen: 'packages of its community, by what their keys have in common',
    signals: 'traces',
    silent: 'how a run stands, but by its spans',
  },
  detect: { keys: ['dagster.'] },
  kinds: [],
  fields: { workflowId: [workflowId] },
  usage: noUsage,
  run: () => null,
}
