import type { RunEnd, RunState, RunStates } from '../../settle/share/durable-runs.ts'
import type { ShareField } from '../../settle/share/fields.ts'
import type { Candidate, EntryState, Share, Sums } from '../../settle/share/share.ts'

/** A share in the database, without what follows from the rest: a candidate's node is the end of the candidate's key. */
interface StoredShare {
  readonly nodes: number
  readonly sums: Omit<Sums, 'costNano'> & { readonly costNano: string }
  readonly best: readonly (readonly [ShareField, key: string, value: string])[]
  readonly entry: (Omit<EntryState, 'endNs' | 'last'> & Omit<EntryState['last'], 'node'> & { endNs: string }) | null
  readonly agents: readonly CountPair[]
  readonly models: readonly CountPair[]
  readonly providers: readonly CountPair[]
  readonly tools: readonly CountPair[]
  /** Absent where every call has a price and a usage. */
  readonly unpricedCalls?: readonly CountPair[]
  readonly unpricedTokens?: readonly CountPair[]
  readonly uncounted?: readonly CountPair[]
  /** Absent where the share has no durable run. */
  readonly runs?: readonly StoredRun[]
}

interface StoredRun {
  readonly id: string
  readonly lastNs: string
  readonly insideNs: string
  readonly copies: readonly string[]
  readonly end: (Omit<RunEnd, 'endNs'> & { readonly endNs: string }) | null
}

type CountPair = readonly [string, number]

/** Writes a share as JSON, which is kept short because every transaction of a workflow writes it again. */
export function shareToText(share: Share): string {
  const { nodes, sums, best, entry, agents, models, providers, tools, runs } = share
  const stored: StoredShare = {
    nodes,
    sums: { ...sums, costNano: sums.costNano.toString() },
    best: Array.from(best.values(), storedCandidate),
    entry: entry && storedEntry(entry),
    agents: [...agents],
    models: [...models],
    providers: [...providers],
    tools: [...tools],
    ...(share.unpricedCalls.size > 0 && { unpricedCalls: [...share.unpricedCalls] }),
    ...(share.unpricedTokens.size > 0 && { unpricedTokens: [...share.unpricedTokens] }),
    ...(share.uncounted.size > 0 && { uncounted: [...share.uncounted] }),
    ...(runs.size > 0 && { runs: Array.from(runs, storedRun) }),
  }
  return JSON.stringify(stored)
}

function storedCandidate({ field, key, value }: Candidate): StoredShare['best'][number] {
  return [field, key, value]
}

function storedRun([id, { lastNs, insideNs, copies, end }]: [string, RunState]): StoredRun {
  return {
    id,
    lastNs: lastNs.toString(),
    insideNs: insideNs.toString(),
    copies: copies.map(String),
    end: end && { ...end, endNs: end.endNs.toString() },
  }
}

function storedEntry({ kind, open, endNs, last: { key, outcome, error } }: EntryState): StoredShare['entry'] {
  return { kind, open, endNs: endNs.toString(), key, outcome, error }
}

/** Reads what `shareToText` has written. */
export function shareFromText(text: string): Share {
  const stored = JSON.parse(text) as StoredShare
  const { nodes, sums, best, entry, agents, models, providers, tools, runs = [] } = stored
  return {
    nodes,
    sums: { ...sums, costNano: BigInt(sums.costNano) },
    best: new Map(best.map(candidateFrom)),
    entry: entry && entryOf(entry),
    agents: new Map(agents),
    models: new Map(models),
    providers: new Map(providers),
    tools: new Map(tools),
    unpricedCalls: new Map(stored.unpricedCalls),
    unpricedTokens: new Map(stored.unpricedTokens),
    uncounted: new Map(stored.uncounted),
    runs: runsOf(runs),
  }
}

function candidateFrom([field, key, value]: StoredShare['best'][number]): [ShareField, Candidate] {
  return [field, { field, key, value, node: nodeIn(key) }]
}

function runsOf(runs: readonly StoredRun[]): RunStates {
  return new Map(
    runs.map(({ id, lastNs, insideNs, copies, end }) => [
      id,
      {
        lastNs: BigInt(lastNs),
        insideNs: BigInt(insideNs),
        copies: copies.map(BigInt),
        end: end && { ...end, endNs: BigInt(end.endNs) },
      },
    ]),
  )
}

function entryOf({ kind, open, endNs, key, outcome, error }: NonNullable<StoredShare['entry']>): EntryState {
  return { kind, open, endNs: BigInt(endNs), last: { key, node: nodeIn(key), outcome, error } }
}

/** Returns the last two words of a candidate's key: the id of a span or record, and that of its trace. */
function nodeIn(key: string): string {
  return key.slice(key.lastIndexOf(' ', key.lastIndexOf(' ') - 1) + 1)
}

/** Writes a value with Maps and bigints as JSON, from which `fromExactJson` makes an equal value. */
export function toExactJson(value: unknown): string {
  return JSON.stringify(encoded(value))
}

/** Reads what `toExactJson` has written. */
export function fromExactJson<T>(text: string): T {
  return decoded(JSON.parse(text)) as T
}

type Fields = Record<string, unknown>

/** Walks a value before it is written: a replacer of JSON.stringify, or a reviver of JSON.parse, takes twice as long. */
function encoded(value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: value.toString() }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return { $map: encoded([...value]) }
  if (Array.isArray(value)) return value.map(encoded)
  const fields: Fields = {}
  for (const name in value) fields[name] = encoded((value as Fields)[name])
  return fields
}

/** Decodes a value in place. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = decoded(value[i])
    return value
  }
  const fields = value as Fields
  if ('$int' in fields) return BigInt(fields.$int as string)
  if ('$map' in fields) return new Map(decoded(fields.$map) as [string, unknown][])
  for (const name in fields) fields[name] = decoded(fields[name])
  return fields
}
