import { child, isList, type Tree } from '../facts/json.ts'
import { type Source, treeOf } from '../table/reading.ts'

/**
 * The messages that an attribute lists as the events they were before there were lists of messages: each has its name
 * under `event.name`, and the model's answer is a `gen_ai.choice`.
 */
export function eventList(key: string, side: 'input' | 'output'): Source {
  return {
    key,
    read: (reading) => {
      const list = treeOf(reading, key)
      return isList(list) ? list.filter((event) => isChoice(event) === (side === 'output')) : undefined
    },
  }
}

function isChoice(event: Tree): boolean {
  return child(event, 'event.name') === 'gen_ai.choice'
}
