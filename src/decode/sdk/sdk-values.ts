import { countElements, countObject, type DecodeState, maxDepth, replaceDeep, setAttribute } from '../decode-state.ts'
import type { AnyValue, Attributes } from '../span.ts'
import type { SdkAttributes, SdkTime } from './sdk-types.ts'

/** Reads attributes into `into`; `depth` is the number of arrays and maps around them. */
export function readSdkAttributes(
  attributes: SdkAttributes | undefined,
  state: DecodeState,
  into: Attributes,
  depth: number,
): void {
  for (const key in attributes) {
    if (Object.hasOwn(attributes, key))
      setAttribute(state, into, sdkText(key), readSdkValue(attributes[key], state, depth))
  }
}

/**
 * Reads the value of an attribute as if it had been encoded in protobuf. A value that OTLP doesn't have (a function, a
 * bigint, undefined) is null, as in the official encoder; a cycle ends where values are nested too deep (E35).
 * Source: @opentelemetry/otlp-transformer, common-serializer.
 */
export function readSdkValue(value: unknown, state: DecodeState, depth: number): AnyValue {
  if (typeof value === 'string') return sdkText(value)
  if (typeof value === 'number') return numberOf(value)
  if (typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (depth >= maxDepth) return replaceDeep(state)
  countObject(state)
  if (Array.isArray(value)) {
    countElements(state, value.length)
    return Array.from(value, (element: unknown) => readSdkValue(element, state, depth + 1))
  }
  const map: Attributes = new Map()
  readSdkAttributes(value as SdkAttributes, state, map, depth + 1)
  return map
}

/** A whole number that fits becomes an int64: a bigint where a number would not be exact, never −0. */
function numberOf(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(value) : value
}

/** A value as text. A lone surrogate becomes U+FFFD, because UTF-8 has none. */
export function sdkText(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : String(value)
  return text.isWellFormed() ? text : text.toWellFormed()
}

/** Nanoseconds since 1970. Throws `RangeError` where the time isn't made of finite numbers. */
export function sdkNanos(time: SdkTime): bigint {
  return BigInt(Math.trunc(time[0])) * 1_000_000_000n + BigInt(Math.trunc(time[1]))
}

/** An unsigned number of 32 bits; 0 where absent. */
export function sdkCount(value: number | undefined): number {
  return (value ?? 0) >>> 0
}

/** A signed number of 32 bits, the type of OTLP's enums; 0 where absent. */
export function sdkEnum(value: number | undefined): number {
  return (value ?? 0) | 0
}
