import { deepestValue, type Intake, keep, replaceDeep, spend } from '../decode-state.ts'
import type { AnyValue, Attributes } from '../span.ts'
import type { SdkAttributes, SdkTime } from './sdk-types.ts'

/** Reads attributes into `into`; `depth` is the number of arrays and maps around them. */
export function readSdkAttributes(
  attributes: SdkAttributes | undefined,
  intake: Intake,
  into: Attributes,
  depth: number,
): void {
  for (const key in attributes) {
    if (Object.hasOwn(attributes, key)) keep(intake, into, sdkText(key), readSdkValue(attributes[key], intake, depth))
  }
}

/**
 * A value of an attribute becomes what it would be after a way through protobuf. What OTLP can't say (functions, bigint,
 * undefined) is null, as the official encoder makes it; a cycle ends where values are nested too deep.
 * Source: @opentelemetry/otlp-transformer, common-serializer.
 */
export function readSdkValue(value: unknown, intake: Intake, depth: number): AnyValue {
  if (typeof value === 'string') return sdkText(value)
  if (typeof value === 'number') return numberOf(value)
  if (typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (depth >= deepestValue) return replaceDeep(intake)
  if (Array.isArray(value)) {
    spend(intake, value.length)
    return Array.from(value, (element: unknown) => readSdkValue(element, intake, depth + 1))
  }
  const map: Attributes = new Map()
  readSdkAttributes(value as SdkAttributes, intake, map, depth + 1)
  return map
}

/** A whole number is an int64 where it fits: a number while that is exact, else a bigint. There is no −0 among these. */
function numberOf(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(value) : value
}

/** UTF-8 has no lone surrogates: what is none becomes U+FFFD. */
export function sdkText(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : String(value)
  return text.isWellFormed() ? text : text.toWellFormed()
}

/** Nanoseconds since 1970. Throws `RangeError` for what is no number. */
export function sdkNanos(time: SdkTime): bigint {
  return BigInt(Math.trunc(time[0])) * 1_000_000_000n + BigInt(Math.trunc(time[1]))
}

/** A number of 32 bits, unsigned; 0 where there is none. */
export function sdkCount(value: number | undefined): number {
  return (value ?? 0) >>> 0
}

/** A number of 32 bits, signed, as the enumerations of OTLP are; 0 where there is none. */
export function sdkEnum(value: number | undefined): number {
  return (value ?? 0) | 0
}
