import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { itemsOf, type JsonItem } from '../../../src/decode/json/json-extract.ts'
import { itemParser, scanItems } from '../../../src/decode/json/json-scan.ts'
import { parseBody } from '../../../src/decode/json/json-text.ts'
import { mostItems } from '../../../src/decode/request-parts.ts'
import type { Signal } from '../../../src/decode/span.ts'
import { Malformed, TooLarge } from '../../../src/errors.ts'
import { jsonOf, logsRequests, tracesRequests } from '../cases.ts'

const run = { seed: Number(process.env.FC_SEED ?? 20261129), numRuns: 300 }

function scanned(signal: Signal, text: string): JsonItem[] {
  const body = Buffer.from(text)
  const scan = scanItems(signal, body, mostItems)
  let step = scan.next()
  while (!step.done) step = scan.next()
  return [...itemParser(body)(step.value)]
}

function parsed(signal: Signal, text: string): JsonItem[] {
  return [...itemsOf(signal, parseBody(Buffer.from(text)))]
}

/** The items with what is around them, the lists that hold items left out; or why they can't be read. */
function outcomeOf(read: () => JsonItem[]): unknown {
  try {
    return read().map(({ outer, middle, item }) => [without(outer), without(middle), item])
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}

function without(object: object): unknown {
  const lists = /^(scope_?spans|scope_?logs|spans|log_?records)$/i
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => !lists.test(key) || !Array.isArray(value)))
}

describe.each(['traces', 'logs'] as const)('the items of a request for %s', (signal) => {
  const requests = signal === 'traces' ? tracesRequests : logsRequests

  test('are found as if all was parsed', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const text = jsonOf(request)
        expect(outcomeOf(() => scanned(signal, text))).toEqual(outcomeOf(() => parsed(signal, text)))
      }),
      run,
    )
  })

  test('are found in changed texts, or the text is malformed, as if all was parsed', () => {
    const changes = fc.array(
      fc.record({
        at: fc.nat(),
        length: fc.nat(3),
        text: fc.constantFrom('', ' ', ',', '[', ']', '{', '}', '"', ':', 'null', '0', '"a":1,', '\\', '[]', '{}'),
      }),
      { minLength: 1, maxLength: 3 },
    )
    fc.assert(
      fc.property(requests, changes, (request, all) => {
        let text = jsonOf(request)
        for (const { at, length, text: put } of all) {
          const from = at % text.length
          text = text.slice(0, from) + put + text.slice(from + length)
        }
        const found = outcomeOf(() => scanned(signal, text))
        expect(found).toEqual(outcomeOf(() => parsed(signal, text)))
      }),
      run,
    )
  })
})

test.each([
  [
    'snake case and spaces',
    ' { "resource_spans" : [ { "scope_spans" : [ { "spans" : [ {"name":"a"} , null , 1 ] } ] } ] } ',
  ],
  ['an escaped name', '{"resource\\u0053pans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}'],
  [
    'members after the list',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{}],"scope":{"name":"s"}}],"schemaUrl":"u"}],"x":[]}',
  ],
  ['nulls', '{"resourceSpans":[null,{"scopeSpans":null},{"scopeSpans":[null,{"spans":null}]}]}'],
  ['a mark of the byte order', '\ufeff{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}'],
  ['no list', '{"resourceSpans":{}}'],
  ['no object', '{"resourceSpans":[{"scopeSpans":[1]}]}'],
  ['no request', '[]'],
  ['the wrong bracket', '{"resourceSpans":[{"scopeSpans":[{"spans":[{}}]}]}'],
  ['more behind it', '{"resourceSpans":[]}{}'],
  ['nothing', ''],
])('a text with %s is read as if all was parsed', (_, text) => {
  expect(outcomeOf(() => scanned('traces', text))).toEqual(outcomeOf(() => parsed('traces', text)))
})

test('a list that is there twice in an object is too large', () => {
  const read = () => scanned('traces', '{"resourceSpans":[],"resource_spans":[{}]}')
  expect(read).toThrow(new TooLarge('The JSON holds resourceSpans twice in an object: send smaller batches.'))
})

test('a long text is scanned in steps', () => {
  const item = `{"name":"${'x'.repeat(2 ** 21)}"}`
  const body = Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${item},${item},${item}]}]}]}`)
  const scan = scanItems('traces', body, mostItems)
  let steps = 0
  for (let step = scan.next(); !step.done; step = scan.next()) steps++
  expect(steps).toBeGreaterThan(2)
})
