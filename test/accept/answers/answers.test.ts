import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, Misdirected } from '../../../src/accept/answers/answers.ts'
import { Malformed, Misconfigured, TooLarge, Unavailable, Unsupported } from '../../../src/errors.ts'

// The codes after which a Collector and the SDKs send a request again; after all others they drop its data.
// Source: https://opentelemetry.io/docs/specs/otlp/#failures
const retryable = { http: [429, 502, 503, 504], grpc: [1, 4, 10, 11, 14, 15] }

const passing: readonly [string, unknown][] = [
  ['Unavailable', new Unavailable('away')],
  ['Misconfigured', new Misconfigured('wrong')],
  ['a bug', new TypeError('oh')],
  ['a value that is no error', undefined],
]
const final: readonly [string, unknown][] = [
  ['Malformed', new Malformed('no OTLP')],
  ['TooLarge', new TooLarge('long')],
  ['Unsupported', new Unsupported('text/plain')],
  ['an unknown path', new Misdirected('not-found', '/')],
  ['a wrong method', new Misdirected('wrong-method', 'GET', 'POST')],
]

describe('failureOf', () => {
  it.each(passing)('R54: after %s, a sender tries again soon', (_, error) => {
    const { http, grpc, retryAfterSeconds } = failureOf(error)
    expect([retryable.http.includes(http), retryable.grpc.includes(grpc)]).toEqual([true, true])
    // Senders give up after 10 s in all, and the Collector drops data at once if the pause is longer than its own limit.
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(1)
    expect(retryAfterSeconds).toBeLessThanOrEqual(3)
  })

  it.each(final)('R54: after %s, a sender does not try again', (_, error) => {
    const { http, grpc, retryAfterSeconds } = failureOf(error)
    expect([retryable.http.includes(http), retryable.grpc.includes(grpc), retryAfterSeconds]).toEqual([false, false, 0])
  })

  it('R40: the pause is rounded up to whole seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (seconds) => {
        const { retryAfterSeconds } = failureOf(new Unavailable('away', { retryAfterSeconds: seconds }))
        expect(retryAfterSeconds).toBeGreaterThanOrEqual(Math.max(1, seconds))
        expect(Number.isInteger(retryAfterSeconds)).toBe(true)
      }),
    )
  })
})
