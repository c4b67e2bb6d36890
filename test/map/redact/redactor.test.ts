import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { patternNames } from '../../../src/map/redact/patterns.ts'
import { openRedaction, type RedactionOptions } from '../../../src/map/redact/redactor.ts'
import { anySecret, cardOf, ibanOf, secrets } from '../../support/secrets.ts'

const all: RedactionOptions = { patterns: patternNames, custom: [], blockedKeys: [], hashKey: null }
const redaction = openRedaction(all)
const redactor = redaction.forItem()
const text = (value: string) => redactor.text(value, Infinity)

/** What of a secret must be nowhere: the secret without what separates its groups. */
const core = (secret: string) => secret.replace(/^Bearer /, '')

describe('a secret is found', () => {
  test.each(Object.entries(secrets))('%s: in a sentence, in JSON, in JSON inside of JSON, as a key', (_, secret) => {
    fc.assert(
      fc.property(secret, fc.constantFrom('', 'see ', 'x=', '(', '"', '\n', 'Grüße:', '邮箱'), (value, before) => {
        const sentence = `${before}${value}`
        const json = JSON.stringify({ a: [sentence, { b: JSON.stringify({ c: sentence }) }] })
        for (const written of [sentence, `${sentence} and more`, json, JSON.stringify(json), json.slice(0, -1)]) {
          const redacted = text(written)
          expect(redacted).not.toContain(core(value))
          expect(redacted).not.toContain(JSON.stringify(core(value)).slice(1, -1))
        }
        expect(JSON.stringify([...redactor.attributes(new Map([[sentence, 'x']]), 1000).keys()])).not.toContain(
          core(value),
        )
        expect(() => JSON.parse(text(json))).not.toThrow()
      }),
      { numRuns: 40 },
    )
  })

  test.each([
    ['an e-mail address', 'write to jane.doe+x@mail.example.co.uk.', 'write to [email].'],
    ['a card', 'card 4111 1111 1111 1111 123, please', 'card [card] 123, please'],
    ['a card as a number of JSON', '{"pan":4111111111111111}', '{"pan":"[card]"}'],
    ['an IBAN', 'to DE89 3704 0044 0532 0130 00 AND more', 'to [iban] AND more'],
    ['an escape in JSON', '{"m":"jane\\u0040example.com"}', '{"m":"[email]"}'],
    ['an escape in JSON that was cut', '{"m":"jane\\u0040example.com and', '{"m":"[email] and'],
    ['a key behind a newline in JSON that was cut', '{"m":"\\nsk-abcdefghijklmnopqrst and', '{"m":"\\n[key] and'],
    ['a key without its end', `sk-ant-${'a'.repeat(30)}`, '[key]'],
    ['a card behind another number', '2024 4111 1111 1111 1111', '2024 [card]'],
    ['an address behind an account', 'DE89370400440532013000 jane@example.com', '[iban] [email]'],
    ['an address behind a number', '12 1234567890123@example.com', '12 [email]'],
    ['a private key without its end', 'x -----BEGIN PRIVATE KEY-----\nMIIE', 'x [pem]'],
  ])('%s', (_, written, redacted) => expect(text(written)).toBe(redacted))
})

describe('what is no secret stays', () => {
  test.each([
    '1790000000000000000', // nanoseconds
    '4111111111111112',
    'DE89370400440532013001',
    'a@b',
    'task-list-of-a-long-name-with-many-parts',
    'risk-assessment-of-the-portfolio',
    '0af7651916cd43dd8448eb211c80319c',
    '{"a": 1.50, "b": "x\\ny"}',
    `data:image/png;base64,${'AKIAABCDEFGHIJKLMNOP'.repeat(10)}`,
  ])('%s', (value) => expect(text(value)).toBe(value))

  test('texts of letters and blanks', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ,.]{0,200}$/), (value) => {
        expect(text(value)).toBe(value)
      }),
    )
  })
})

test('numbers of a structure that are cards are replaced, and no others', () => {
  const card = Number(cardOf('411111111111111'))
  const attributes = new Map<string, AnyValue>([
    ['a', BigInt(card)],
    ['b', card],
    ['c', 1_790_000_000_000_000_000n],
  ])
  expect(Object.fromEntries(redactor.attributes(attributes, 1000))).toEqual({
    a: '[card]',
    b: '[card]',
    c: 1_790_000_000_000_000_000n,
  })
})

test('names that differ only in a secret still differ, and equal ones are equal', () => {
  const [a, b] = ['tool of a@example.com', 'tool of b@example.com']
  expect(redactor.name(a)).toMatch(/^tool of \[email:[0-9a-f]{4}\]$/)
  expect(redactor.name(a)).toBe(redactor.name(a))
  expect(redactor.name(a)).not.toBe(redactor.name(b))
})

test('arguments stay JSON, and differ where they differed', () => {
  const of = (to: string) => redactor.json(JSON.stringify({ to, pan: Number(cardOf('411111111111111')) }))
  expect(JSON.parse(of('a@example.com'))).toEqual({
    to: expect.stringMatching(/^\[email:....\]$/),
    pan: expect.stringMatching(/^\[card:....\]$/),
  })
  expect(of('a@example.com')).toBe(of('a@example.com'))
  expect(of('a@example.com')).not.toBe(of('b@example.com'))
})

test('with a key, a hash that nobody else can compute follows the kind', () => {
  const of = (hashKey: string) =>
    openRedaction({ ...all, hashKey })
      .forItem()
      .text('a@example.com', 100)
  expect(of('k'.repeat(16))).toMatch(/^\[email:[0-9a-f]{12}\]$/)
  expect(of('k'.repeat(16))).not.toBe(of('l'.repeat(16)))
})

test('blocked keys: their values are replaced whole, at any depth, and wherever else their texts are', () => {
  const blocked = openRedaction({ ...all, blockedKeys: ['*password*', 'authorization'] })
  const attributes = new Map<string, AnyValue>([
    ['db.Password', 'hunter2'],
    ['password.attempts', 3n],
    ['log', '{"user":"x","authorization":{"scheme":"own"}}'],
    ['token.count', 5n],
  ])
  const item = blocked.forItem(attributes)
  expect(Object.fromEntries(item.attributes(attributes, 1000))).toEqual({
    'db.Password': '[redacted]',
    'password.attempts': '[redacted]',
    log: '{"user":"x","authorization":"[redacted]"}',
    'token.count': 5n,
  })
  expect(item.text('he typed hunter2', 100)).toBe('he typed [redacted]')
})

test('a text that is cut afterwards leaves no half of a secret', () => {
  fc.assert(
    fc.property(anySecret, fc.integer({ min: 0, max: 40 }), (secret, before) => {
      const redacted = redactor.text(`${'x '.repeat(before)}${secret}`, 40).slice(0, 40)
      expect(redacted).not.toContain(core(secret).slice(0, 12))
    }),
  )
})

describe('where redaction fails', () => {
  test('the text is replaced whole, and counted', () => {
    const custom = [
      {
        name: 'broken',
        replace: () => {
          throw new Error('a bug')
        },
      },
    ]
    const failing = openRedaction({ ...all, custom })
    const item = failing.forItem()
    expect(item.text('anything at all', 100)).toBe('[redaction failed]')
    expect(item.json('{"a":"anything"}')).toBe('"[redaction failed]"')
    expect(item.name('a name')).toBe('[redaction failed]')
    expect([...item.attributes(new Map([['a', 'anything']]), 100)]).toEqual([
      ['[redaction failed]', '[redaction failed]'],
    ])
    expect(failing.takeCounts().get('failed')).toBe(5)
  })

  test('patterns of users that take too long count as failed', () => {
    const slow = (value: string) => {
      const endMs = performance.now() + 300
      while (performance.now() < endMs);
      return value
    }
    const item = openRedaction({ ...all, custom: [{ name: 'slow', replace: slow }] }).forItem()
    expect(item.text('first text', 100)).toBe('first text')
    expect(item.text('second text', 100)).toBe('[redaction failed]')
  })
})

test('what was replaced is counted by pattern', () => {
  redaction.takeCounts()
  text(`a@example.com b@example.com ${ibanOf('370400440532013000')}`)
  expect([...redaction.takeCounts()]).toEqual([
    ['email', 2],
    ['iban', 1],
  ])
  expect([...redaction.takeCounts()]).toEqual([])
})

test('the patterns take linear time', () => {
  const hard = [
    'a',
    'a.',
    '1 ',
    'DE89 ',
    'sk-',
    'eyJ',
    'eyJa.',
    '-----BEGIN PRIVATE KEY-----',
    'a@',
    'a@a.',
    'Bearer ',
    '\\n',
    'x1-',
    '1-',
    'eyJ-',
    'eyJaaaaaaaaa.',
    'AB12 ',
  ]
  for (const piece of hard) {
    const took = (length: number) => {
      const written = `${piece.repeat(length / piece.length)}x`
      const times = [1, 2, 3].map(() => {
        const startMs = performance.now()
        text(written)
        return performance.now() - startMs
      })
      return Math.min(...times)
    }
    took(1_000)
    // ten times the text would take a hundred times the time where the search is quadratic
    expect(took(50_000), piece).toBeLessThan(40 * took(5_000) + 100)
  }
})
