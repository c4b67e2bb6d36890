import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonBytes } from '../../../src/store/tables/json-bytes.ts'

const bytes = new JsonBytes()

/** What is written of these texts, one after the other. */
function written(...texts: readonly string[]): string {
  bytes.clear()
  bytes.json('[')
  for (const text of texts) {
    bytes.string(text)
    bytes.json(',')
  }
  const { bytes: buffer, from, to } = bytes.encoded()
  return buffer.toString('utf8', from, to)
}

const asJson = (texts: readonly string[]) => `[${texts.map((text) => `${JSON.stringify(text)},`).join('')}`

test('every character is written as JSON.stringify writes it, at every place of a word', () => {
  for (let code = 0; code < 0x300; code++) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const text = `${before}${String.fromCharCode(code)}${before}`
      expect(written(text)).toBe(asJson([text]))
    }
  }
})

test('texts of any length are written as JSON.stringify writes them', () => {
  const character = fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\u0001', 'é', '漢', '😀', ' '),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(
      fc.array(
        fc.array(character).map((all) => all.join('')),
        { maxLength: 4 },
      ),
      (texts) => {
        const formed = texts.map((text) => text.toWellFormed())
        expect(written(...formed)).toBe(asJson(formed))
      },
    ),
    { numRuns: 300 },
  )
})

test('a buffer grows for a text of which all must be escaped', () => {
  const long = ['\u0001'.repeat(70_000), 'x'.repeat(100_001), '\n'.repeat(1_000_000)]
  expect(written(...long)).toBe(asJson(long))
  expect(written('a', ...long)).toBe(asJson(['a', ...long]))
  expect(written('a')).toBe(asJson(['a']))
})
