import { expect } from 'vitest'
import type { EventFact } from '../../src/map/facts/facts.ts'

/** An event whose texts are encoded equals one with the same texts, however that keeps them. */
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!isEvent(a) || !isEvent(b) || (a.encodedPayload ?? b.encodedPayload) === undefined) return undefined
    return a.type === b.type && a.timeNs === b.timeNs && a.message === b.message && a.payload === b.payload
  },
])

function isEvent(value: unknown): value is EventFact {
  return typeof value === 'object' && value !== null && 'timeNs' in value && 'payload' in value && 'message' in value
}
