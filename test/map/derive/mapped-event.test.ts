import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mappedEvent } from '../../../src/map/derive/mapped-event.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'
import type { EventFact } from '../../../src/map/facts/facts.ts'

function eventOf(message: string, payload: string): EventFact {
  return mappedEvent('note', 7n, { attributes: new Map(), limits: defaultLimits }, () => ({ message, payload }))
}

function textOf({ bytes, from, to }: NonNullable<EventFact['encodedMessage']>): string {
  return bytes.toString('utf8', from, to)
}

test('an event has the texts that it was made of, also after others were encoded', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))), (texts) => {
      const events = texts.map(([message, payload]) => eventOf(message, payload))
      expect(events.map(({ message, payload }) => [message, payload])).toEqual(texts)
      expect(events.map((event) => [textOf(event.encodedMessage!), textOf(event.encodedPayload!)])).toEqual(texts)
    }),
  )
})

test('a text that is longer than a slab has one of its own, and ends no earlier event', () => {
  const short = eventOf('before', '{}')
  const long = '€'.repeat(200_000)
  const event = eventOf(long, long)
  expect([event.message === long, event.payload === long]).toEqual([true, true])
  expect([short.message, short.payload]).toEqual(['before', '{}'])
  expect(eventOf('after', '{}').message).toBe('after')
})

test('two events with other texts are not equal in tests', () => {
  expect(eventOf('one', '{}')).toEqual(eventOf('one', '{}'))
  expect(eventOf('one', '{}')).not.toEqual(eventOf('two', '{}'))
  expect(eventOf('one', '{}')).toEqual({ type: 'note', timeNs: 7n, message: 'one', payload: '{}' })
})
