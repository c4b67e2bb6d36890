import { expect, test } from 'vitest'
import { lazyEvent } from '../../../src/map/derive/lazy-event.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'

function counting(attributes: ReadonlyMap<string, unknown>, body: unknown = null) {
  let written = 0
  const write = () => {
    written++
    return { message: 'm', payload: '{}' }
  }
  const event = lazyEvent(
    'note',
    7n,
    { attributes: attributes as never, body: body as never, limits: defaultLimits },
    write,
  )
  return { event, writes: () => written }
}

test('message and payload are written once, at the first read', () => {
  const { event, writes } = counting(new Map([['a', 1]]))
  expect([event.type, event.timeNs, writes()]).toEqual(['note', 7n, 0])
  expect([event.payload, event.message, event.payload]).toEqual(['{}', 'm', '{}'])
  expect(writes()).toBe(1)
})

test.each([
  ['attributes', new Map(Array.from({ length: 300 }, (_, i) => [`key${i}`, i])), null],
  ['parts inside an attribute', new Map([['list', Array.from({ length: 300 }, (_, i) => i)]]), null],
  ['parts of the body', new Map(), Array.from({ length: 300 }, (_, i) => [i])],
])('an event with very many %s is written at once, to release the attributes', (_, attributes, body) => {
  const { event, writes } = counting(attributes, body)
  expect(writes()).toBe(1)
  expect(event).toEqual({ type: 'note', timeNs: 7n, message: 'm', payload: '{}' })
})

test('the bytes of an attribute count as one part', () => {
  expect(counting(new Map([['raw', new Uint8Array(1_000)]])).writes()).toBe(0)
})
