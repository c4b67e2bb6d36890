import type { RunEnd, RunState, RunStates } from '../../settle/share/durable-runs.ts'
import type { ShareField } from '../../settle/share/fields.ts'
import type { EntryState, Share, Sums } from '../../settle/share/share.ts'

/** A share without what it says twice: a candidate's field is its key in the map, its node the end of its own key. */
interface KeptShare {
  readonly nodes: number
  readonly sums: Omit<Sums, 'costNano'> & { readonly costNano: string }
  readonly best: readonly (readonly [ShareField, key: string, value: string])[]
  readonly entry: (Omit<EntryState, 'endNs' | 'last'> & Omit<EntryState['last'], 'node'> & { endNs: string }) | null
  readonly agents: readonly CountPair[]
  readonly models: readonly CountPair[]
  readonly providers: readonly CountPair[]
  readonly tools: readonly CountPair[]
  /** Absent where nothing belongs to a durable workflow. */
  readonly runs?: readonly KeptRun[]
}

interface KeptRun {
  readonly id: string
  readonly lastNs: string
  readonly insideNs: string
  readonly copies: readonly string[]
  readonly end: (Omit<RunEnd, 'endNs'> & { readonly endNs: string }) | null
}

type CountPair = readonly [string, number]

/** JSON that is short enough to stay in its row, uncompressed: every transaction of a workflow writes it again. */
export function shareToText({ nodes, sums, best, entry, agents, models, providers, tools, runs }: Share): string {
  const kept: KeptShare = {
    nodes,
    sums: { ...sums, costNano: sums.costNano.toString() },
    best: Array.from(best.values(), ({ field, key, value }) => [field, key, value] as const),
    entry: entry && keptEntry(entry),
    agents: [...agents],
    models: [...models],
    providers: [...providers],
    tools: [...tools],
    ...(runs.size > 0 && { runs: Array.from(runs, keptRun) }),
  }
  return JSON.stringify(kept)
}

function keptRun([id, { lastNs, insideNs, copies, end }]: [string, RunState]): KeptRun {
  return {
    id,
    lastNs: lastNs.toString(),
    insideNs: insideNs.toString(),
    copies: copies.map(String),
    end: end && { ...end, endNs: end.endNs.toString() },
  }
}

function keptEntry({ kind, open, endNs, last: { key, outcome, error } }: EntryState): KeptShare['entry'] {
  return { kind, open, endNs: endNs.toString(), key, outcome, error }
}

export function shareFromText(text: string): Share {
  const { nodes, sums, best, entry, agents, models, providers, tools, runs = [] } = JSON.parse(text) as KeptShare
  return {
    nodes,
    sums: { ...sums, costNano: BigInt(sums.costNano) },
    best: new Map(best.map(([field, key, value]) => [field, { field, key, value, node: nodeIn(key) }])),
    entry: entry && entryOf(entry),
    agents: new Map(agents),
    models: new Map(models),
    providers: new Map(providers),
    tools: new Map(tools),
    runs: runsOf(runs),
  }
}

function runsOf(kept: readonly KeptRun[]): RunStates {
  return new Map(
    kept.map(({ id, lastNs, insideNs, copies, end }) => [
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

function entryOf({ kind, open, endNs, key, outcome, error }: NonNullable<KeptShare['entry']>): EntryState {
  return { kind, open, endNs: BigInt(endNs), last: { key, node: nodeIn(key), outcome, error } }
}

/** The last two words: a span or record, and its trace. */
function nodeIn(key: string): string {
  return key.slice(key.lastIndexOf(' ', key.lastIndexOf(' ') - 1) + 1)
}

/** Maps and big integers as JSON has them, each under a name of its own, so that they come back as what they were. */
export function toExactJson(value: unknown): string {
  return JSON.stringify(value, keep)
}

/** What `toExactJson` was given. */
export function fromExactJson<T>(text: string): T {
  return JSON.parse(text, restore) as T
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
