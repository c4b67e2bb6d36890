import type { EventFact, Facts } from '../map/facts.ts'
import type { DayState } from '../settle/day.ts'
import type { Share } from '../settle/share.ts'

/** What is left out of the ledger because it is most often so. */
const usual = {
  source: 'span',
  parent: '',
  remoteParent: false,
  kind: 'plain',
  dialect: '',
  spanKind: 0,
  origin: '',
  service: '',
  workflowId: null,
  agent: null,
  outcome: 'ok',
  error: null,
  statements: {},
  usage: null,
  tool: null,
  asks: [],
  answers: [],
} as const satisfies Partial<Facts>

type Kept = Omit<Facts, 'tenant' | 'trace' | 'startNs' | 'endNs' | 'events'> & {
  readonly startNs: string
  readonly endNs: string
  readonly events?: readonly (Omit<EventFact, 'timeNs'> & { timeNs: string })[]
}

/** Facts of one trace as the ledger keeps them: JSON, nanoseconds as text, what is usual left out. */
export function factsToText(facts: readonly Facts[]): string {
  return JSON.stringify(facts.map(kept))
}

export function factsFromText(tenant: string, trace: string, text: string): Facts[] {
  return (JSON.parse(text) as Kept[]).map((one) => ({
    ...usual,
    ...one,
    tenant,
    trace,
    startNs: BigInt(one.startNs),
    endNs: BigInt(one.endNs),
    events: (one.events ?? []).map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
  }))
}

function kept(facts: Facts): Record<string, unknown> {
  const { id, name, digest, attributeCount, startNs, endNs, events } = facts
  const one: Record<string, unknown> = {
    id,
    name,
    digest,
    attributeCount,
    startNs: startNs.toString(),
    endNs: endNs.toString(),
  }
  for (const key in usual) {
    const value = facts[key as keyof typeof usual]
    if (!isUsual(key as keyof typeof usual, value)) one[key] = value
  }
  if (events.length > 0) one.events = events.map((event) => ({ ...event, timeNs: event.timeNs.toString() }))
  return one
}

function isUsual(key: keyof typeof usual, value: unknown): boolean {
  if (key === 'asks' || key === 'answers') return (value as readonly unknown[]).length === 0
  if (key !== 'statements') return value === usual[key]
  for (const _ in value as object) return false
  return true
}

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
