import { type Item, treeOf } from '../table/item.ts'
import type { Source } from '../table/source.ts'
import { child, isList, type Tree } from '../values/tree.ts'
import type { Side } from './message-summary.ts'

/**
 * Returns the source of messages in an attribute that holds a list of legacy `gen_ai.*.message` events, each with its name
 * under `event.name`. The output is the events named `gen_ai.choice`.
 */
export function legacyEventList(key: string, side: Side): Source {
  return {
    key,
    read: (item: Item) => {
      const list = treeOf(item, key)
      return isList(list) ? list.filter((event) => isChoice(event) === (side === 'output')) : undefined
    },
  }
}

function isChoice(event: Tree): boolean {
  return child(event, 'event.name') === 'gen_ai.choice'
}
