import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { spanWith } from '../make.ts'

let made = 0

/** A span of an engine, one second long from the given second on; `other` replaces everything else. */
export function engineSpan(
  scope: string,
  name: string,
  second: number,
  attributes: Record<string, AnyValue>,
  other: Partial<Span> = {},
): Span {
  const startTimeUnixNano = 1_795_407_990_000_000_000n + BigInt(second) * 1_000_000_000n
  return spanWith(attributes, {
    name,
    spanId: (++made).toString(16).padStart(16, '0'),
    parentSpanId: '',
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano + 1_000_000_000n,
    scope: { name: scope, version: '', attributes: new Map(), schemaUrl: '' },
    ...other,
  })
}

/** Nanoseconds at that second. */
export function at(second: number): bigint {
  return 1_795_407_990_000_000_000n + BigInt(second) * 1_000_000_000n
}

export const failed: Partial<Span> = { status: { code: 2, message: 'it broke' } }
export const fine: Partial<Span> = { status: { code: 1, message: '' } }
