import { describe, expect, test } from 'vitest'
import { createEvents, createLogger } from '../../src/events/events.ts'
import type { Tally } from '../../src/events/tally.ts'
import { maskUrl } from '../../src/mask-url.ts'

const tally: Tally = { received: 15, committed: 5, unrelated: 4, duplicate: 3, refused: 2, givenBack: 1 }
const details = { transport: 'http', tenant: '', refused: new Map([['conflict', 2]]), givenBack: 'queue-full' } as const

/** Events whose clock stands still unless the test moves it, and the lines that they log. */
function listened(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = []
  const clock = { now: 1_000_000 }
  const logger = createLogger(level, { write: (line) => lines.push(JSON.parse(line)) })
  return { events: createEvents(logger, { clock: () => clock.now }), lines, clock, logger }
}

describe('requestAnswered', () => {
  test('logs for debugging what became of the spans', () => {
    const { events, lines } = listened('debug')
    events.requestAnswered('traces', tally, details)
    expect(lines).toMatchObject([{ level: 20, signal: 'traces', ...tally }])
  })

  test('logs an error when the fates do not sum to what was received', () => {
    const { events, lines } = listened()
    events.requestAnswered('traces', tally, details)
    events.requestAnswered('traces', { ...tally, received: 16 }, details)
    expect(lines).toMatchObject([{ level: 50, received: 16 }])
  })
})

describe('events that happen often', () => {
  test('a refusal is logged once a reason in ten seconds, with the number of refusals since', () => {
    const { events, lines, clock } = listened()
    for (let i = 0; i < 5; i++) events.spanRefused('too-old')
    events.spanRefused('invalid-span-id')
    clock.now += 9_999
    events.spanRefused('too-old')
    clock.now += 1
    events.spanRefused('too-old')
    expect(lines.map(({ reason, count }) => [reason, count])).toEqual([
      ['too-old', 1],
      ['invalid-span-id', 1],
      ['too-old', 6],
    ])
  })

  test('a warning is logged once in ten seconds', () => {
    const { events, lines } = listened()
    for (let i = 0; i < 3; i++) events.warning('this is odd')
    expect(lines.map(({ msg }) => msg)).toEqual(['this is odd'])
  })

  test('a refused request is logged once a cause in ten seconds', () => {
    const { events, lines } = listened()
    for (const why of ['no OTLP', 'no OTLP', 'too large']) events.requestRefused(why)
    expect(lines.map(({ why }) => why)).toEqual(['no OTLP', 'too large'])
  })

  test('discarded metrics are logged once', () => {
    const { events, lines } = listened()
    for (let i = 0; i < 3; i++) events.metricsDiscarded()
    expect(lines).toHaveLength(1)
  })

  test('calls without a price or a usage are logged once an hour for each model, with their sums, and of a thousand at most', () => {
    const { events, lines, clock } = listened()
    const unpriced = { why: 'unpriced', model: 'm', calls: 2, tokens: 10 } as const
    for (let i = 0; i < 4; i++) events.costGap(unpriced)
    events.costGap({ ...unpriced, why: 'uncounted', tokens: 0 })
    clock.now += 3_600_000
    events.costGap({ ...unpriced, calls: 1 })
    expect(lines.map(({ model, calls, tokens, msg }) => [model, calls, tokens, String(msg).slice(0, 8)])).toEqual([
      ['m', 2, 10, 'no price'],
      ['m', 2, undefined, 'calls of'],
      ['m', 7, 40, 'no price'],
    ])
    for (let i = 0; i < 2000; i++) events.costGap({ ...unpriced, model: `m${i}` })
    expect(lines).toHaveLength(1001)
  })

  test('an unread attribute is logged once for each origin', () => {
    const { events, lines } = listened()
    for (const origin of ['scope@a', 'scope@a', 'scope@b']) events.unreadUsage('acme.tokens', origin)
    expect(lines).toMatchObject([
      { attribute: 'acme.tokens', origin: 'scope@a' },
      { attribute: 'acme.tokens', origin: 'scope@b' },
    ])
  })

  test('an absence of the database is logged once, however often it is noticed', () => {
    const { events, lines, clock } = listened()
    events.databaseBack()
    events.databaseAway('connection refused')
    events.databaseAway('connection refused')
    clock.now += 2_500
    events.databaseBack()
    events.databaseBack()
    expect(lines.map(({ msg }) => msg)).toHaveLength(2)
    expect(lines[1]).toMatchObject({ awayMilliseconds: 2_500 })
  })

  test('batches are logged for debugging, with their size and time', () => {
    const { events, lines } = listened('debug')
    events.batchCommitted({ items: 10, milliseconds: 5 })
    events.batchCommitted({ items: 20, milliseconds: 7 })
    expect(lines).toMatchObject([
      { level: 20, items: 10, milliseconds: 5 },
      { level: 20, items: 20, milliseconds: 7 },
    ])
  })
})

describe('secrets', () => {
  test.each([
    ['postgres://u:hidden@h:5432/d', 'postgres://u:***@h:5432/d'],
    ['postgres://h/d?user=u&password=hidden', 'postgres://h/d?user=u&password=***'],
    ['postgres://h/d', 'postgres://h/d'],
    ['host=h password=hidden', '(not shown)'],
    ['postgres://u:hidden@/d', '(not shown)'],
    ['postgres://u:12/hidden@h/d', '(not shown)'],
    ['postgres://u:12?hidden@h/d', '(not shown)'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })

  test('the start is logged without the password', () => {
    const { events, lines } = listened()
    events.started({ http: 'http://h:1', grpc: 'h:2', database: 'postgres://u:hidden@h/d' })
    expect(JSON.stringify(lines)).toContain('u:***@h')
    expect(JSON.stringify(lines)).not.toContain('hidden')
  })

  test('a field that is named like a secret is not logged', () => {
    const { logger, lines } = listened()
    logger.info({ password: 'hidden', request: { authorization: 'hidden' }, config: { databaseUrl: 'hidden' } }, 'x')
    expect(JSON.stringify(lines)).not.toContain('hidden')
    expect(lines).toHaveLength(1)
  })
})
