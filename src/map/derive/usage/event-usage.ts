import { callKinds, type Kind, type Usage } from '../../facts/facts.ts'
import type { VocabularyOf } from '../../lookup/vocabulary.ts'
import type { Item } from '../../table/item.ts'
import { usageKeysIn } from '../../table/usage-names.ts'
import { usageOf } from './usage.ts'

/**
 * Returns the usage that a call states in a span event, as clients do that know it only at the end of a stream; null where
 * no event states one. The attributes of the event are read as if they were the span's own. The last event counts: the ones
 * before it state the usage so far.
 */
export function usageOfEvents(item: Item, kind: Kind, vocabularyOf: VocabularyOf): Usage | null {
  if (!callKinds.has(kind)) return null
  for (let i = item.events.length - 1; i >= 0; i--) {
    const { attributes } = item.events[i]!
    if (usageKeysIn(attributes.keys()).length === 0) continue
    const merged = { ...item, attributes: new Map([...item.attributes, ...attributes]), parsed: null }
    const { dialect } = vocabularyOf(merged.scope, merged.attributes).detector.recognise(merged)
    const usage = usageOf(merged, dialect, kind)
    if (usage !== null) return usage
  }
  return null
}
