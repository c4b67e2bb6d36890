import type { RunPart } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName, asText } from '../values/convert.ts'

function isFlow(item: Item): boolean {
  return firstValue(item, ['prefect.run.type'], asName)?.toLowerCase() === 'flow'
}

/** Reads an attribute of flow runs only: the id of a task run is no workflow id. */
function ofFlow(key: string): Source {
  return (item) => (isFlow(item) ? (item.attributes.get(key) ?? undefined) : undefined)
}

/** Returns the source of a field in the last state of a run: retries are states of one span. */
function lastState(key: 'type' | 'message'): Source {
  return ({ events }) => {
    const states = events.filter(({ attributes }) => attributes.has('prefect.state.type'))
    return states.at(-1)?.attributes.get(`prefect.state.${key}`) ?? undefined
  }
}

const final = /^(completed|failed|cancelled|crashed)$/i

function runOf(item: Item): RunPart {
  if (!isFlow(item)) return runPart('outside')
  const state = firstValue(item, [lastState('type')], asText)
  return runPart(state === null || final.test(state) ? 'end' : 'open')
}

/** Prefect's telemetry. A cancelled run ends with status ERROR too, so its last state decides (docs/dialects.md §21.4). */
export const prefect: Dialect = {
  name: 'Prefect',
  about: { seen: 'its source', signals: 'traces', silent: 'the values of parameters' },
  detect: { keys: ['prefect.run.type'] },
  kinds: [{ kind: 'workflow', when: isFlow }],
  fields: {
    workflowId: [ofFlow('prefect.run.id')],
    workflowName: [ofFlow('prefect.run.name')],
    status: [lastState('type')],
    error: [lastState('message')],
  },
  usage: noUsage,
  run: runOf,
}
