import type { ShareField } from '../share/fields.ts'
import type { OpenEntries } from '../share/open-entries.ts'
import type { OpenRun } from '../share/open-runs.ts'
import type { Ranking } from '../share/ranking.ts'
import { type Candidate, noShare, noSums, type Share, type Sums } from '../share/share.ts'
import { SmallMap } from '../small/small-map.ts'
import { SmallSet } from '../small/small-set.ts'
import type { Node } from './node.ts'

/** A candidate for a field, with the node that contributes it. */
export interface RankedCandidate {
  readonly node: Node
  readonly candidate: Candidate
}

/** The share that a trace contributes to one workflow, in a form that changes with every node (see `Share`). */
export interface OpenShare {
  readonly workflow: string
  readonly members: Set<Node>
  readonly entries: SmallSet<Node>
  /** null as long as the entries are few. */
  rankedEntries: OpenEntries<Node> | null
  sums: Sums
  readonly best: Map<ShareField, Candidate>
  /** The fields whose best candidate was taken out: the next one is searched when the share is closed. */
  readonly staleFields: SmallSet<ShareField>
  /** By field: the candidates of a share with many nodes; null as long as no best candidate was taken out of such a share. */
  rankings: Map<ShareField, Ranking<RankedCandidate>> | null
  readonly agents: SmallMap<string, number>
  readonly models: SmallMap<string, number>
  readonly providers: SmallMap<string, number>
  readonly tools: SmallMap<string, number>
  readonly unpricedCalls: SmallMap<string, number>
  readonly unpricedTokens: SmallMap<string, number>
  readonly uncounted: SmallMap<string, number>
  readonly runs: SmallMap<string, OpenRun>
  /** The share as it was at the end of the last `settle`. */
  lastClosed: Share
}

/** An open share to which no node has contributed. */
export function newOpenShare(workflow: string): OpenShare {
  return {
    workflow,
    members: new Set(),
    entries: new SmallSet(),
    rankedEntries: null,
    sums: noSums,
    best: new Map(),
    staleFields: new SmallSet(),
    rankings: null,
    agents: new SmallMap(),
    models: new SmallMap(),
    providers: new SmallMap(),
    tools: new SmallMap(),
    unpricedCalls: new SmallMap(),
    unpricedTokens: new SmallMap(),
    uncounted: new SmallMap(),
    runs: new SmallMap(),
    lastClosed: noShare,
  }
}
