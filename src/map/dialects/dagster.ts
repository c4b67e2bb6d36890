import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage } from '../table/shared-parts.ts'

/** Returns the value of any key that names a run's id, because the packages use different keys. */
function workflowId({ attributes }: Item) {
  for (const [key, value] of attributes) if (/^dagster\..*run.*id$/.test(key) && value !== null) return value
  return undefined
}

/** Dagster. It makes no spans itself; spans of community packages name their run and say nothing else (docs/dialects.md §21.6). */
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
