import type { UsageRole } from '../../map/facts/facts.ts'
import { type NodeContribution, sumsOfContribution } from '../model/contribution.ts'
import { type Node, noUsageRank, waitsForParent } from '../model/node.ts'
import { newOpenShare, type OpenShare, type RankedCandidate } from '../model/open-share.ts'
import type { NodeRows } from '../model/rows.ts'
import { isEntry, type Trace, workflowOf } from '../model/trace.ts'
import type { ShareField } from '../share/fields.ts'
import { isBetterCandidate } from '../share/fold-shares.ts'
import { addEntry, removeEntry } from '../share/open-entries.ts'
import { addToRun, closeRuns, removeFromRun } from '../share/open-runs.ts'
import { newRanking, type Ranking } from '../share/ranking.ts'
import { addCount, addSums, type Candidate, type Counts, noShare, noSums, type Share } from '../share/share.ts'
import { nodeKey } from '../share/sort-keys.ts'
import type { SmallMap } from '../small/small-map.ts'
import { coverReasonOf } from '../usage/nested-usage.ts'
import { isUncounted } from '../usage/uncounted-calls.ts'
import { unknownName } from '../usage/usage-row.ts'
import { candidatesOf } from './candidates.ts'
import { entryPartOf, entryStateOf } from './entry-state.ts'

/**
 * Replaces what a node has contributed to the share of its workflow, after its rows were derived again. `changed`
 * collects the shares that differ now.
 */
export function contribute(trace: Trace, node: Node, rows: NodeRows, changed: Set<OpenShare>): void {
  withdrawContribution(trace, node, changed)
  const share = openShareOf(trace, workflowOf(trace, node))
  const contribution: NodeContribution = {
    workflow: share.workflow,
    agent: rows.agent?.name ?? null,
    usage: rows.usage,
    tools: rows.tools,
    isCutOff: rows.usage !== null && node.facts.usage!.responseId === null && waitsForParent(node),
    unaccounted: unaccountedTokens(node),
    uncounted: isUncounted(node) ? (node.facts.unknownUsage?.model ?? unknownName) : null,
    run: addToRun(share.runs, node.facts),
  }
  node.contribution = contribution
  changed.add(share)
  share.members.add(node)
  if (isEntry(trace, node)) {
    share.entries.add(node)
    if (share.rankedEntries !== null) addEntry(share.rankedEntries, entryPartOf(node))
  }
  for (const candidate of candidatesOf(trace, node)) addCandidate(share, node, candidate)
  addToSums(share, contribution, 1)
}

function openShareOf(trace: Trace, workflow: string): OpenShare {
  let share = trace.shares.get(workflow)
  if (share === undefined) {
    share = newOpenShare(workflow)
    trace.shares.set(workflow, share)
  }
  return share
}

/**
 * Makes a candidate the best of its field if it is at least as good as the best so far. A stale best was better than all
 * candidates that stayed, so a candidate that beats it is the best of all and the field is not stale any more.
 */
function addCandidate(share: OpenShare, node: Node, candidate: Candidate): void {
  share.rankings?.get(candidate.field)?.add({ node, candidate })
  const best = share.best.get(candidate.field)
  if (best !== undefined && candidate.key > best.key) return
  share.best.set(candidate.field, candidate)
  share.staleFields.delete(candidate.field)
}

/** Takes out of its share everything that a node has contributed. */
export function withdrawContribution(trace: Trace, node: Node, changed: Set<OpenShare>): void {
  const { contribution } = node
  if (contribution === null) return
  const share = trace.shares.get(contribution.workflow)!
  changed.add(share)
  share.members.delete(node)
  share.entries.delete(node)
  if (share.rankedEntries !== null) removeEntry(share.rankedEntries, node)
  const own = nodeKey(node.facts.id, trace.id)
  for (const [field, best] of share.best) if (best.node === own) share.staleFields.add(field)
  addToSums(share, contribution, -1)
  if (contribution.run !== null) removeFromRun(share.runs, contribution.run, node.facts.id)
  node.contribution = null
}

function addToSums(share: OpenShare, contribution: NodeContribution, sign: 1 | -1): void {
  const { agent, tools, usage, uncounted } = contribution
  const sums = sumsOfContribution(contribution)
  if (sums !== noSums) share.sums = addSums(share.sums, sums, sign)
  if (agent !== null) addCount(share.agents, agent, sign)
  for (const tool of tools) addCount(share.tools, tool.name, sign)
  if (uncounted !== null) addCount(share.uncounted, uncounted, sign)
  if (usage === null) return
  const tokens = sign * (usage.prompt + usage.completion)
  addCount(share.models, usage.model, tokens)
  addCount(share.providers, usage.provider, tokens)
  if (!usage.unpriced) return
  addCount(share.unpricedCalls, usage.model, sign)
  addCount(share.unpricedTokens, usage.model, tokens)
}

/** The change of what a trace contributes to a workflow. `after` has no nodes where the trace has no part in it any more. */
export interface ShareChange {
  readonly workflow: string
  readonly before: Share
  readonly after: Share
}

/** Closes the changed shares after all nodes of a batch have contributed, and drops those without nodes. */
export function closeShares(trace: Trace, changed: ReadonlySet<OpenShare>): ShareChange[] {
  const changes: ShareChange[] = []
  for (const share of changed) {
    const before = share.lastClosed
    const isEmpty = share.members.size === 0
    share.lastClosed = isEmpty ? noShare : closeShare(trace, share)
    if (isEmpty) trace.shares.delete(share.workflow)
    changes.push({ workflow: share.workflow, before, after: share.lastClosed })
  }
  return changes
}

function closeShare(trace: Trace, share: OpenShare): Share {
  for (const field of share.staleFields) findBest(trace, share, field)
  share.staleFields.clear()
  return {
    nodes: share.members.size,
    sums: share.sums,
    best: new Map(share.best),
    entry: entryStateOf(trace, share),
    agents: copyCounts(share.agents),
    models: copyCounts(share.models),
    providers: copyCounts(share.providers),
    tools: copyCounts(share.tools),
    unpricedCalls: copyCounts(share.unpricedCalls),
    unpricedTokens: copyCounts(share.unpricedTokens),
    uncounted: copyCounts(share.uncounted),
    runs: closeRuns(share.runs),
  }
}

/** So many nodes are searched whole for the next best candidate of a field; those of a share with more are ranked. */
const fewMembers = 64

const noCounts: Counts = new Map()

function copyCounts(counts: SmallMap<string, number>): Counts {
  return counts.size === 0 ? noCounts : new Map(counts)
}

function findBest(trace: Trace, share: OpenShare, field: ShareField): void {
  share.best.delete(field)
  if (share.rankings?.has(field) || share.members.size > fewMembers) {
    const best = rankingOf(trace, share, field).best()
    if (best !== undefined) share.best.set(field, best.candidate)
    return
  }
  for (const { candidate } of candidatesFor(trace, share, field))
    if (isBetterCandidate(candidate, share.best.get(field))) share.best.set(field, candidate)
}

function rankingOf(trace: Trace, share: OpenShare, field: ShareField): Ranking<RankedCandidate> {
  share.rankings ??= new Map()
  const known = share.rankings.get(field)
  if (known !== undefined) return known
  const ranking = newRanking(candidatesFor(trace, share, field), {
    isBetter: (one, than) => isBetterCandidate(one.candidate, than.candidate),
    hasGone: ({ node, candidate }) => !offers(trace, share, node, candidate),
    ownerOf: ({ node }) => node,
  })
  share.rankings.set(field, ranking)
  return ranking
}

function* candidatesFor(trace: Trace, share: OpenShare, field: ShareField): Generator<RankedCandidate> {
  for (const node of share.members)
    for (const candidate of candidatesOf(trace, node)) if (candidate.field === field) yield { node, candidate }
}

/** Whether a node still has a candidate for its share. */
function offers(trace: Trace, { workflow }: OpenShare, node: Node, { field, key, value }: Candidate): boolean {
  if (node.contribution?.workflow !== workflow) return false
  return candidatesOf(trace, node).some((one) => one.field === field && one.key === key && one.value === value)
}

const sumRoles: ReadonlySet<UsageRole> = new Set(['own', 'aggregate'])

/** The tokens that an outermost sum reports beyond those that count below it. */
function unaccountedTokens(node: Node): number {
  const { usage } = node.facts
  if (usage === null || !sumRoles.has(usage.role) || coverReasonOf(node) === null) return 0
  const isOutermost = node.inherited.ranksAbove.every((rank) => rank === noUsageRank)
  return isOutermost ? Math.max(0, usage.prompt + usage.completion - node.usageState.tokensBelow) : 0
}
