import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readId, readKey, readValue } from '../../../src/decode/protobuf/repeated-texts.ts'

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 80 }).map((text) => Buffer.from(text))
const bytes = fc.oneof(ascii, fc.uint8Array({ maxLength: 80 }).map(Buffer.from))

describe.each([
  ['a key', readKey],
  ['a value', readValue],
])('%s', (_, readText) => {
  test('is read as the UTF-8 that its bytes are, whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1 }), (texts) => {
        for (const text of [...texts, ...texts]) {
          const body = Buffer.concat([Buffer.from('before'), text, Buffer.from('after')])
          expect(readText(body, 6, 6 + text.length)).toBe(text.toString('utf8'))
        }
      }),
    )
  })

  test('of bytes that are no UTF-8 is not mistaken for the same number of other characters', () => {
    const read = (text: Buffer) => readText(text, 0, text.length)
    expect(read(Buffer.from([0xe9]))).toBe('�')
    expect(read(Buffer.from('é'))).toBe('é')
    expect(read(Buffer.from([0xe9]))).toBe('�')
  })
})

test('an id is read as the hex of its bytes, whatever was read before', () => {
  // few different bytes, so that ids differ in one word only, or are the first half of others
  const byte = fc.constantFrom(0, 1, 0xff)
  const id = fc.oneof(
    fc.array(byte, { minLength: 8, maxLength: 8 }),
    fc.array(byte, { minLength: 16, maxLength: 16 }),
    fc.array(byte, { maxLength: 20 }),
  )
  fc.assert(
    fc.property(fc.array(id, { minLength: 1 }), (list) => {
      for (const each of [...list, ...list]) {
        const body = Buffer.from([9, ...each, 9])
        const view = new DataView(body.buffer, body.byteOffset, body.length)
        expect(readId(body, view, 1, 1 + each.length)).toBe(Buffer.from(each).toString('hex'))
      }
    }),
  )
})
