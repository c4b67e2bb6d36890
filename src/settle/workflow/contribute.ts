import type { Facts, UsageRole } from '../../map/facts/facts.ts'
import { type Node, noUsageRanks, sortByStart, waitsForParent } from '../model/node.ts'
import { newOpenShare, type OpenShare } from '../model/open-share.ts'
import type { NodeRows } from '../model/rows.ts'
import { isEntry, type Trace, workflowOf } from '../model/trace.ts'
import type { NodeContribution } from '../share/contribution.ts'
import { closeRuns, enterRun, leaveRun } from '../share/open-runs.ts'
import {
  addCount,
  addSums,
  type Candidate,
  type EntryState,
  isBetterCandidate,
  joinEntries,
  noShare,
  noSums,
  type Share,
  type ShareField,
  type Sums,
} from '../share/share.ts'
import { coverReasonOf } from '../usage/nested-usage.ts'

/** UsageRanks of an entry's kind, and of the source of an error: workflow, task, agent, then the rest. */
const kindRanks: Record<string, number> = { workflow: 0, task: 1, agent: 2 }
const otherKind = 3

/** Puts what a node gives, now that its rows are known, in place of what it gave before. `changed` collects the shares. */
export function contribute(trace: Trace, node: Node, rows: NodeRows, changed: Set<OpenShare>): void {
  withdrawContribution(trace, node, changed)
  const workflow = workflowOf(trace, node)
  const share = openShare(trace, workflow)
  const given: NodeContribution = {
    workflow,
    candidates: candidatesOf(trace, node),
    sums: sumsOf(node, rows),
    agent: rows.agent?.name ?? null,
    usage: rows.usage && {
      model: rows.usage.model,
      provider: rows.usage.provider,
      tokens: rows.usage.prompt + rows.usage.completion,
    },
    tools: rows.tools.map((tool) => tool.name),
    run: enterRun(share.runs, node.facts),
  }
  node.contribution = given
  changed.add(share)
  share.members.add(node)
  if (isEntry(trace, node)) share.entries.add(node)
  for (const candidate of given.candidates) compete(share, candidate)
  tally(share, given, 1)
}

function compete(share: OpenShare, candidate: Candidate): void {
  const best = share.best.get(candidate.field)
  if (best !== undefined && candidate.key > best.key) return
  share.best.set(candidate.field, candidate)
  // a best that has left was better than all that stayed, so what beats it is the best
  share.staleFields.delete(candidate.field)
}

/** Takes out of its share all that a node gave. */
export function withdrawContribution(trace: Trace, node: Node, changed: Set<OpenShare>): void {
  const given = node.contribution
  if (given === null) return
  const share = trace.shares.get(given.workflow)!
  changed.add(share)
  share.members.delete(node)
  share.entries.delete(node)
  for (const { field, key } of given.candidates) if (share.best.get(field)?.key === key) share.staleFields.add(field)
  tally(share, given, -1)
  if (given.run !== null) leaveRun(share.runs, given.run, node.facts.id)
  node.contribution = null
}

/** `after` without nodes: the trace has no part in the workflow any more. */
export interface ShareChange {
  readonly workflow: string
  readonly before: Share
  readonly after: Share
}

/** What the changed shares are after all nodes of a batch gave; one that nothing is left of goes. */
export function closeShares(trace: Trace, changed: ReadonlySet<OpenShare>): ShareChange[] {
  return [...changed].map((share) => {
    const before = share.lastClosed
    share.lastClosed = share.members.size === 0 ? noShare : closeShare(trace, share)
    if (share.members.size === 0) trace.shares.delete(share.workflow)
    return { workflow: share.workflow, before, after: share.lastClosed }
  })
}

function closeShare(trace: Trace, share: OpenShare): Share {
  for (const field of share.staleFields) findBest(share, field)
  share.staleFields.clear()
  return {
    nodes: share.members.size,
    sums: share.sums,
    best: new Map(share.best),
    entry: entryOf(trace, share.entries),
    agents: new Map(share.agents),
    models: new Map(share.models),
    providers: new Map(share.providers),
    tools: new Map(share.tools),
    runs: closeRuns(share.runs),
  }
}

function openShare(trace: Trace, workflow: string): OpenShare {
  const share = trace.shares.get(workflow) ?? newOpenShare(workflow)
  trace.shares.set(workflow, share)
  return share
}

function tally(share: OpenShare, given: NodeContribution, sign: 1 | -1): void {
  if (given.sums !== noSums) share.sums = addSums(share.sums, given.sums, sign)
  if (given.agent !== null) addCount(share.agents, given.agent, sign)
  for (const tool of given.tools) addCount(share.tools, tool, sign)
  if (given.usage === null) return
  addCount(share.models, given.usage.model, sign * given.usage.tokens)
  addCount(share.providers, given.usage.provider, sign * given.usage.tokens)
}

function findBest(share: OpenShare, field: ShareField): void {
  share.best.delete(field)
  for (const node of share.members) {
    for (const candidate of node.contribution!.candidates) {
      if (candidate.field === field && isBetterCandidate(candidate, share.best.get(field)))
        share.best.set(field, candidate)
    }
  }
}

function entryOf(trace: Trace, entries: ReadonlySet<Node>): EntryState | null {
  let state: EntryState | null = null
  for (const node of entries) {
    const { facts } = node
    const kind = kindRanks[facts.kind] ?? otherKind
    if (state !== null && kind > state.kind) continue
    const open = facts.open || (waitsForParent(node) && !facts.remoteParent) ? 1 : 0
    const { outcome, error } = decidingFacts(trace, node)
    const last = {
      key: `${late(facts.startNs)} ${facts.id} ${trace.id}`,
      node: `${facts.id} ${trace.id}`,
      outcome,
      error,
    }
    state = joinEntries(state, { kind, open, endNs: facts.endNs, last })
  }
  return state
}

/** Some spans around a run's agents never fail: the last agent right below them says how it ended. */
function decidingFacts(trace: Trace, node: Node): Pick<Facts, 'outcome' | 'error'> {
  if (!node.facts.endsWell || node.facts.outcome !== 'ok') return node.facts
  const agents = agentsBelow(node, stepsAround, (child) => workflowOf(trace, child) === workflowOf(trace, node))
  return agents.length === 0 ? node.facts : sortByStart(agents).at(-1)!.facts
}

/** As many steps, tasks and turns, may stand between such a span and its agents. */
const stepsAround = 3

function agentsBelow({ children }: Node, depth: number, isOfTask: (node: Node) => boolean): Node[] {
  return children.filter(isOfTask).flatMap((node) => {
    const { kind } = node.facts
    if (kind === 'agent') return [node]
    return kind === 'llm' || kind === 'tool' || depth === 0 ? [] : agentsBelow(node, depth - 1, isOfTask)
  })
}

function sumsOf(node: Node, { usage, tools }: NodeRows): Sums {
  const unaccounted = unaccountedTokens(node)
  if (usage === null && tools.length === 0 && unaccounted === 0) return noSums
  return {
    prompt: usage?.prompt ?? 0,
    completion: usage?.completion ?? 0,
    cacheRead: usage?.cacheRead ?? 0,
    cacheWrite: usage?.cacheWrite ?? 0,
    costNano: usage?.costNano ?? 0n,
    calls: usage === null ? 0 : 1,
    cacheHits: usage?.cacheHit ? 1 : 0,
    unpriced: usage?.unpriced ? 1 : 0,
    cutOff: usage !== null && node.facts.usage!.responseId === null && waitsForParent(node) ? 1 : 0,
    unaccounted,
    tools: tools.length,
  }
}

const sums: ReadonlySet<UsageRole> = new Set(['own', 'aggregate'])

/** What an outermost sum claims beyond what counted below it. */
function unaccountedTokens(node: Node): number {
  const { usage } = node.facts
  if (usage === null || !sums.has(usage.role) || coverReasonOf(node) === null) return 0
  if (node.inherited.ranksAbove.some((rank, index) => rank < noUsageRanks[index]!)) return 0
  return Math.max(0, usage.prompt + usage.completion - node.usageState.tokensBelow)
}

function candidatesOf(trace: Trace, node: Node): Candidate[] {
  const { facts } = node
  const { statements: said, source, startNs, endNs } = facts
  const whose = `${facts.id} ${trace.id}`
  const early = timeKey(startNs)
  const found: Candidate[] = []
  const offer = (field: ShareField, value: string, key: string) =>
    found.push({ field, key: `${key} ${whose}`, value, node: whose })
  const isOne = isEntry(trace, node)
  // one whose parent is still to come is no more than any other
  const entry = isOne && (!waitsForParent(node) || facts.remoteParent) ? 0 : 1
  const kind = kindRanks[facts.kind] ?? otherKind
  offer(source === 'span' ? 'start' : 'recordStart', String(startNs), early)
  if (facts.error !== null && facts.outcome === 'error') offer('error', facts.error, `${kind} ${late(endNs)}`)
  if (isOne && facts.service !== '') offer('service', facts.service, early)
  if (said.query) offer('query', said.query.value, `${said.query.rank} ${early} ${entry} ${kind}`)
  if (said.result) offer('result', said.result.value, `${said.result.rank} ${entry} ${late(endNs)}`)
  if (said.user) offer('user', said.user.value, `${said.user.rank} ${early} ${entry}`)
  if (said.session) offer('session', said.session.value, `${said.session.rank} ${early} ${entry}`)
  if (said.mode !== undefined) offer('mode', said.mode, `${entry} ${early}`)
  if (said.complexity !== undefined) offer('complexity', String(said.complexity), `${entry} ${early}`)
  if (said.tenantId !== undefined) offer('tenantId', said.tenantId, `${entry} ${early}`)
  if (said.workflowName !== undefined) offer('workflowName', said.workflowName, `${entry} ${early}`)
  if (trace.hasDurableRun) offerDurable(trace, node, offer)
  return found
}

type Offer = (field: ShareField, value: string, key: string) => void

/** What its part in a run says of the workflow's times, and whose child the workflow is. */
function offerDurable(trace: Trace, node: Node, offer: Offer): void {
  const { facts } = node
  const early = timeKey(facts.startNs)
  const parentWorkflow = facts.statements.parentWorkflow ?? startedBy(trace, node)
  if (parentWorkflow !== null) offer('parentWorkflow', parentWorkflow, early)
  const { run } = facts
  if (run === null) {
    if (facts.events.length > 0) offer('event', String(facts.startNs), early)
    return
  }
  if (run.activity !== null && facts.outcome === 'error' && facts.error !== null)
    offer('cause', facts.error, late(facts.endNs))
  // what names no workflow (a schedule that is made, an activity without one) makes none of what stands around it
  if (run.role === 'outside' && facts.workflowId === null) return
  if (run.role === 'stop') offer('stop', String(facts.endNs), late(facts.endNs))
  else offer(run.role === 'outside' || run.role === 'inside' ? run.role : 'begun', String(facts.startNs), early)
}

/** The workflow that has a part under which this run of another one began. */
function startedBy(trace: Trace, node: Node): string | null {
  const { facts, parent } = node
  if (facts.run === null || facts.kind !== 'workflow' || parent === null) return null
  if (parent.facts.run === null || parent.facts.workflowId === null) return null
  const other = workflowOf(trace, parent)
  return other === workflowOf(trace, node) ? null : other
}

/** Nanoseconds as text that sorts as the numbers do. */
function timeKey(ns: bigint): string {
  return ns.toString().padStart(20, '0')
}

/** The same, the latest first. */
function late(ns: bigint): string {
  return timeKey(99_999_999_999_999_999_999n - ns)
}
