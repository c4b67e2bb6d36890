import type { RunPart } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { noUsage, runPart } from '../table/shared-parts.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName, asText } from '../values/convert.ts'

function isFlow(item: Item): boolean {
  return firstValue(item, ['prefect.run.type'], asName)?.toLowerCase() === 'flow'
}

/** A task's run has an id of its own, which is no workflow's. */
function ofFlow(key: string): Source {
  return (item) => (isFlow(item) ? (item.attributes.get(key) ?? undefined) : undefined)
}

/** Of the state that a run came to last: retries are states of one span. */
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

/** Prefect's telemetry of its runs. A cancelled one ends with an error too: its last state knows better. */
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
