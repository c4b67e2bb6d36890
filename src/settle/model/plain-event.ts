import type { EventFact } from '../../map/facts/facts.ts'

/** Returns an event with its texts as strings: encoded ones keep those of other events in memory. */
export function plainEvent(event: EventFact): EventFact {
  if (event.encodedPayload === undefined) return event
  const { type, message, payload, timeNs } = event
  return { type, message, payload, timeNs }
}
