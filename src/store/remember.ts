import type { EventFact, Facts, Usage } from '../map/facts.ts'
import type { DayState } from '../settle/day.ts'
import type { Share } from '../settle/share.ts'

/** What the ledger keeps of a span: its facts as JSON, nanoseconds as text, what is absent left out. */
export function factsToText(facts: Facts, events: readonly EventFact[]): string {
  const { tenant: _tenant, trace: _trace, startNs, endNs, statements, asks, answers, events: _events, ...rest } = facts
  return JSON.stringify({
    ...rest,
    startNs: startNs.toString(),
    endNs: endNs.toString(),
    ...(Object.keys(statements).length > 0 && { statements }),
    ...(asks.length > 0 && { asks }),
    ...(answers.length > 0 && { answers }),
    ...(events.length > 0 && { events: events.map((event) => ({ ...event, timeNs: event.timeNs.toString() })) }),
  })
}

export function factsFromText(tenant: string, trace: string, text: string): Facts {
  const kept = JSON.parse(text) as Omit<Facts, 'startNs' | 'endNs' | 'events'> & {
    startNs: string
    endNs: string
    events?: KeptEvent[]
  }
  return {
    ...kept,
    tenant,
    trace,
    startNs: BigInt(kept.startNs),
    endNs: BigInt(kept.endNs),
    statements: kept.statements ?? {},
    asks: kept.asks ?? [],
    answers: kept.answers ?? [],
    events: (kept.events ?? []).map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
    usage: kept.usage as Usage | null,
  }
}

type KeptEvent = Omit<EventFact, 'timeNs'> & { timeNs: string }

/** Maps and big integers as JSON has them, each under a name of its own, so that they come back as what they were. */
export function shareToText(share: Share): string {
  return JSON.stringify(share, keep)
}

export function shareFromText(text: string): Share {
  return JSON.parse(text, restore) as Share
}

export function dayToText(day: DayState): string {
  return JSON.stringify(day, keep)
}

export function dayFromText(text: string): DayState {
  return JSON.parse(text, restore) as DayState
}

function keep(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: value.toString() }
  return value instanceof Map ? { $map: [...value] } : value
}

function restore(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('$int' in value) return BigInt(value.$int as string)
  return '$map' in value ? new Map(value.$map as [string, unknown][]) : value
}
