import type { ShareField } from '../share/fields.ts'
import type { OpenEntries } from '../share/open-entries.ts'
import type { OpenRun } from '../share/open-runs.ts'
import type { Ranking } from '../share/ranking.ts'
import { type Candidate, noShare, noSums, type Share, type Sums } from '../share/share.ts'
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
  readonly entries: Set<Node>
  /** null as long as the entries are few. */
  rankedEntries: OpenEntries<Node> | null
  sums: Sums
  readonly best: Map<ShareField, Candidate>
  /** The fields whose best candidate was taken out: the next one is searched when the share is closed. */
  readonly staleFields: Set<ShareField>
  /** By field: the candidates of a share with many nodes; null as long as no best candidate was taken out of such a share. */
  rankings: Map<ShareField, Ranking<RankedCandidate>> | null
  readonly agents: Map<string, number>
  readonly models: Map<string, number>
  readonly providers: Map<string, number>
  readonly tools: Map<string, number>
  readonly unpricedCalls: Map<string, number>
  readonly unpricedTokens: Map<string, number>
  readonly uncounted: Map<string, number>
  readonly runs: Map<string, OpenRun>
  /** The share as it was at the end of the last `settle`. */
  lastClosed: Share
}

/** An open share to which no node has contributed. */
export function newOpenShare(workflow: string): OpenShare {
  return {
    workflow,
    members: new Set(),
    entries: new Set(),
    rankedEntries: null,
    sums: noSums,
    best: new Map(),
    staleFields: new Set(),
    rankings: null,
    agents: new Map(),
    models: new Map(),
    providers: new Map(),
    tools: new Map(),
    unpricedCalls: new Map(),
    unpricedTokens: new Map(),
    uncounted: new Map(),
    runs: new Map(),
    lastClosed: noShare,
  }
}
