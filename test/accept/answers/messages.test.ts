import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, type Refusal } from '../../../src/accept/answers/answers.ts'
import { receiptBytes, statusBytes } from '../../../src/accept/answers/messages.ts'
import type { ErrorKind } from '../../../src/errors.ts'
import { Malformed, Misconfigured, SpanledgerError, TooLarge, Unavailable, Unsupported } from '../../../src/errors.ts'
import { readReceipt, readStatus } from '../oracle.ts'

// grapheme units are anything a string can hold, halves of characters included
const text = fc.string({ unit: 'binary', maxLength: 200 })
const lonely = fc.tuple(text, fc.constantFrom('\ud83d', '\ude00', '')).map(([before, half]) => before + half)
const signal = fc.constantFrom('traces' as const, 'logs' as const)

describe('R48 R49: receiptBytes', () => {
  it('writes the same receipt in JSON and in protobuf, as protobufjs reads it', () => {
    fc.assert(
      fc.property(signal, fc.maxSafeNat(), lonely, (signal, rejected, message) => {
        const protobuf = readReceipt(signal, receiptBytes(signal, 'protobuf', { rejected, message }))
        const asJson = JSON.parse(receiptBytes(signal, 'json', { rejected, message }).toString())
        expect(asJson).toEqual(protobuf)
        const name = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords'
        const said = protobuf.partialSuccess as Record<string, unknown> | undefined
        expect(said?.[name] ?? '0').toBe(String(rejected))
        expect(said?.errorMessage ?? '').toBe(Buffer.from(message).toString())
      }),
    )
  })

  it('R38: a long message is cut far below 64 KiB', () => {
    const receipt = { rejected: 10_000, message: '\u0000'.repeat(1_000_000) }
    for (const format of ['protobuf', 'json'] as const)
      expect(receiptBytes('traces', format, receipt).length).toBeLessThan(32 * 1024)
  })
})

describe('R51: statusBytes', () => {
  it('writes the same Status in JSON and in protobuf, as protobufjs reads it', () => {
    const kinds = fc.constantFrom<ErrorKind>('malformed', 'too-large', 'unsupported', 'unavailable')
    fc.assert(
      fc.property(kinds, lonely, (kind, message) => {
        const failure = failureOf(new SpanledgerError(kind, message))
        const asJson = JSON.parse(statusBytes('json', failure).toString())
        const protobuf = readStatus(statusBytes('protobuf', failure))
        expect({ message: '', ...protobuf }).toEqual(spelled(asJson))
        expect(asJson.message).toBe(Buffer.from(message).toString())
      }),
    )
  })

  it.each([
    [new Malformed('x'), 400, 3, 0],
    [new TooLarge('x'), 413, 8, 0],
    [new Unsupported('x'), 415, 12, 0],
    [new Unavailable('x'), 503, 14, 1],
    [new Unavailable('x', { retryAfterSeconds: 3 }), 503, 14, 3],
    [new Unavailable('x', { retryAfterSeconds: 0 }), 503, 14, 1],
    [new Misconfigured('x'), 503, 14, 1],
    [new RangeError('x'), 503, 14, 1],
    [null, 503, 14, 1],
  ])('R54: %s', (error, http, grpc, retryAfterSeconds) => {
    expect(failureOf(error)).toMatchObject({ http, grpc, retryAfterSeconds })
  })

  it('only failures that may pass have a retryable code', () => {
    const kinds: Refusal[] = ['malformed', 'too-large', 'unsupported']
    for (const kind of kinds) {
      const { http, retryAfterSeconds } = failureOf(new SpanledgerError(kind as ErrorKind, ''))
      expect([429, 502, 503, 504]).not.toContain(http)
      expect(retryAfterSeconds).toBe(0)
    }
  })
})

/** A status in JSON with what JSON spells differently put as a protobuf reader gives it. */
function spelled(status: { details?: Record<string, unknown>[] }): object {
  if (!status.details) return status
  const details = status.details.map(({ retryDelay, fieldViolations, ...rest }) => ({
    ...rest,
    ...(retryDelay === undefined ? {} : { retryDelay: { seconds: String(retryDelay).replace('s', '') } }),
    ...(fieldViolations === undefined ? {} : { fieldViolations: (fieldViolations as object[]).map(withoutEmpty) }),
  }))
  return { ...status, details }
}

function withoutEmpty(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
