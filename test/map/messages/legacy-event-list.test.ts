import { expect, test } from 'vitest'
import { legacyEventList } from '../../../src/map/messages/legacy-event-list.ts'
import { newItem } from '../../../src/map/table/item.ts'
import { valueAt } from '../../../src/map/table/source.ts'

const events = [
  { 'event.name': 'gen_ai.user.message', content: 'why?' },
  { 'event.name': 'gen_ai.choice', message: { role: 'assistant', content: 'so.' } },
]

test('the choices of a list of events are the output, all others the input', () => {
  const item = newItem('step', new Map([['events', JSON.stringify(events)]]), '')
  expect(valueAt(item, legacyEventList('events', 'input'))).toEqual([events[0]])
  expect(valueAt(item, legacyEventList('events', 'output'))).toEqual([events[1]])
})

test('an attribute that is no list has no messages', () => {
  const item = newItem('step', new Map([['events', 'text']]), '')
  expect(valueAt(item, legacyEventList('events', 'input'))).toBeUndefined()
})
