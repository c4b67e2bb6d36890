import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readKey } from '../../../src/decode/protobuf/key-cache.ts'

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 80 }).map((text) => Buffer.from(text))
const bytes = fc.oneof(ascii, fc.uint8Array({ maxLength: 80 }).map(Buffer.from))

test('a key is read as the UTF-8 that its bytes are, whatever was read before', () => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1 }), (keys) => {
      for (const key of [...keys, ...keys]) {
        const body = Buffer.concat([Buffer.from('before'), key, Buffer.from('after')])
        expect(readKey(body, 6, 6 + key.length)).toBe(key.toString('utf8'))
      }
    }),
  )
})

test('a text of bytes that are no UTF-8 is not mistaken for the same number of other characters', () => {
  const read = (key: Buffer) => readKey(key, 0, key.length)
  expect(read(Buffer.from([0xe9]))).toBe('�')
  expect(read(Buffer.from('é'))).toBe('é')
  expect(read(Buffer.from([0xe9]))).toBe('�')
})
