import { readFileSync } from 'node:fs'
import path from 'node:path'
import { recordingNames } from '../recordings.ts'

/** A call as a provider bills it. */
export interface BilledCall {
  readonly provider: string
  readonly model: string
  /** When it ended, in milliseconds since 1970. */
  readonly at: number
  readonly requests: number
  readonly input: number
  readonly cached: number
  readonly written: number
  /** The part of `written` that lives an hour. */
  readonly longWritten: number
  readonly output: number
  /** What is billed of the list price; 100 without it. */
  readonly percent?: number
}

interface TrueCall {
  readonly provider: string
  readonly response_model: string
  readonly http_status: number
  readonly prompt_tokens?: number
  readonly completion_tokens?: number | null
  readonly cached_tokens?: number
  readonly cache_creation_tokens?: number
  readonly raw_usage?: { readonly cache_creation?: { readonly ephemeral_1h_input_tokens?: number } }
}

const folder = path.join(import.meta.dirname, '..', '..', 'recordings')

function jsonOf(recording: string, file: string) {
  try {
    return JSON.parse(readFileSync(path.join(folder, recording, file), 'utf8'))
  } catch {
    return null
  }
}

interface EndedCall {
  readonly prompt_tokens: number
  readonly completion_tokens?: number
  readonly cache_read_tokens?: number | null
  readonly ended_at?: string
}

/** The calls that the server of the recording answered, with the time at which each ended; null where no time is known. */
export function trueCalls(recording: string): BilledCall[] | null {
  const calls: TrueCall[] = jsonOf(recording, 'truth.json')?.calls ?? []
  const tasks: { readonly token_usage?: readonly EndedCall[] }[] = jsonOf(recording, 'expect.json')?.tasks ?? []
  const ends = tasks.flatMap(({ token_usage }) => token_usage ?? [])
  const answered = calls.filter((call) => call.http_status === 200 && call.prompt_tokens !== undefined)
  if (
    answered.length === 0 ||
    answered.some(({ response_model }) => prices[response_model] === undefined) ||
    answered.length !== ends.length
  )
    return null
  const left = [...ends]
  const billed = answered.map((call) => {
    const i = left.findIndex(
      (end) =>
        end.prompt_tokens === call.prompt_tokens && (end.completion_tokens ?? 0) === (call.completion_tokens ?? 0),
    )
    const [end] = i < 0 ? [] : left.splice(i, 1)
    // some clients don't say what was cached
    if ((end?.cache_read_tokens ?? 0) !== (call.cached_tokens ?? 0)) return null
    return end?.ended_at === undefined ? null : billedCall(call, Date.parse(end.ended_at))
  })
  return billed.every((call) => call !== null) ? billed : null
}

function billedCall(call: TrueCall, at: number): BilledCall {
  return {
    provider: call.provider,
    model: call.response_model,
    at,
    requests: 1,
    input: call.prompt_tokens!,
    cached: call.cached_tokens ?? 0,
    written: call.cache_creation_tokens ?? 0,
    longWritten: call.raw_usage?.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    output: call.completion_tokens ?? 0,
  }
}

/** The recordings whose calls are known with their times and all their counters, and these calls. */
export function billedRecordings(): { readonly recordings: readonly string[]; readonly calls: readonly BilledCall[] } {
  const known = recordingNames().flatMap((recording) => {
    const calls = trueCalls(recording)
    return calls === null ? [] : [{ recording, calls }]
  })
  return { recordings: known.map(({ recording }) => recording), calls: known.flatMap(({ calls }) => calls) }
}

/** Nano-dollars of a token, by the providers' own price pages. */
const prices: Readonly<Record<string, Readonly<Record<Kind, bigint>>>> = {
  'gpt-4o-mini-2024-07-18': { input: 150n, cached: 75n, written: 150n, longWritten: 150n, output: 600n },
  'text-embedding-3-small': { input: 20n, cached: 20n, written: 20n, longWritten: 20n, output: 0n },
  'claude-sonnet-4-5-20250929': { input: 3000n, cached: 300n, written: 3750n, longWritten: 6000n, output: 15000n },
  'gemini-2.5-flash': { input: 300n, cached: 30n, written: 300n, longWritten: 300n, output: 2500n },
}

export const kinds = ['input', 'cached', 'written', 'longWritten', 'output'] as const
export type Kind = (typeof kinds)[number]

/** How many tokens of each kind a call has; they do not overlap. */
export function tokensOf(call: BilledCall): Readonly<Record<Kind, number>> {
  const { input, cached, written, longWritten, output } = call
  return { input: input - cached - written, cached, written: written - longWritten, longWritten, output }
}

/** What the tokens of a kind cost, in nano-dollars. */
export function costOf(call: BilledCall, kind: Kind): bigint {
  return (BigInt(tokensOf(call)[kind]) * prices[call.model]![kind] * BigInt(call.percent ?? 100)) / 100n
}

export function wholeCostOf(call: BilledCall): bigint {
  return kinds.reduce((sum, kind) => sum + costOf(call, kind), 0n)
}

/** Nano-dollars as decimal dollars with so many digits after the point. */
export function dollarsText(nano: bigint, digits = 9): string {
  const sign = nano < 0n ? '-' : ''
  const text = (nano < 0n ? -nano : nano).toString().padStart(10, '0')
  return `${sign}${text.slice(0, -9)}.${text.slice(-9)}${'0'.repeat(digits - 9)}`
}

/** Nano-dollars as decimal cents. */
export function centsText(nano: bigint): string {
  return dollarsText(nano * 100n)
}

/** Adds up calls of one day and model. */
export function byDayAndModel(calls: readonly BilledCall[]): BilledCall[] {
  const sums = new Map<string, BilledCall>()
  for (const call of calls) {
    const day = dayStart(call.at)
    const key = `${day} ${call.model}`
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? { ...call, at: day } : added(sum, call))
  }
  return [...sums.values()].sort((a, b) => a.at - b.at || (a.model < b.model ? -1 : 1))
}

function added(a: BilledCall, b: BilledCall): BilledCall {
  return {
    ...a,
    requests: a.requests + b.requests,
    input: a.input + b.input,
    cached: a.cached + b.cached,
    written: a.written + b.written,
    longWritten: a.longWritten + b.longWritten,
    output: a.output + b.output,
  }
}

export const dayMs = 86_400_000

export function dayStart(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}

/** Each day from the first call to the last one. */
export function daysOf(calls: readonly BilledCall[]): number[] {
  const days = calls.map(({ at }) => dayStart(at))
  const [first, last] = [Math.min(...days), Math.max(...days)]
  return Array.from({ length: (last - first) / dayMs + 1 }, (_, i) => first + i * dayMs)
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** A line of CSV; what has a comma or a quote is quoted. */
export function csvLine(cells: readonly (string | number | bigint | boolean | null)[]): string {
  return cells
    .map((cell) => String(cell ?? ''))
    .map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',')
}
