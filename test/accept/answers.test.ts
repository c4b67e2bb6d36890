import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, Misdirected } from '../../src/accept/answers/answers.ts'
import { Malformed, Misconfigured, TooLarge, Unavailable, Unsupported } from '../../src/errors.ts'

// What a Collector, and every SDK with it, makes of an answer: it comes again after these, and drops its data after
// all others. https://opentelemetry.io/docs/specs/otlp/#failures
const comesAgain = { http: [429, 502, 503, 504], grpc: [1, 4, 10, 11, 14, 15] }

const passing: readonly [string, unknown][] = [
  ['can’t be stored now', new Unavailable('away')],
  ['our configuration', new Misconfigured('wrong')],
  ['a bug', new TypeError('oh')],
  ['nothing at all', undefined],
]
const final: readonly [string, unknown][] = [
  ['malformed', new Malformed('no OTLP')],
  ['too large', new TooLarge('long')],
  ['an unknown media type', new Unsupported('text/plain')],
  ['no such path', new Misdirected('not-found', '/')],
  ['no such method', new Misdirected('wrong-method', 'GET', 'POST')],
]

describe('what a sender does with our answers', () => {
  it.each(passing)('%s: it comes again, soon', (_, error) => {
    const { http, grpc, retryAfterSeconds } = failureOf(error)
    expect([comesAgain.http.includes(http), comesAgain.grpc.includes(grpc)]).toEqual([true, true])
    // Senders have 10 s in all, and the Collector drops at once what it is told to keep for longer than it wants to.
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(1)
    expect(retryAfterSeconds).toBeLessThanOrEqual(3)
  })

  it.each(final)('%s: it doesn’t', (_, error) => {
    const { http, grpc, retryAfterSeconds } = failureOf(error)
    expect([comesAgain.http.includes(http), comesAgain.grpc.includes(grpc), retryAfterSeconds]).toEqual([
      false,
      false,
      0,
    ])
  })

  it('is told whole seconds, which it would cut to nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (seconds) => {
        const { retryAfterSeconds } = failureOf(new Unavailable('away', { retryAfterSeconds: seconds }))
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(Math.max(1, seconds))
        expect(Number.isInteger(retryAfterSeconds)).toBe(true)
      }),
    )
  })
})
