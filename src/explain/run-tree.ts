import type { Kind } from '../map/facts/facts.ts'
import { nextAttemptReason, otherRunReason, type UsageReasonCode, usageReasonCode } from '../settle/explain.ts'
import { dashed, ordinals, rowId } from '../settle/model/ids.ts'
import type { Node } from '../settle/model/node.ts'
import { timesOf } from '../settle/model/time/node-times.ts'
import { sortByStart } from '../settle/model/time/sort-by-start.ts'
import { identityOfNode, type Trace, workflowOf } from '../settle/model/trace.ts'
import { markCriticalPath } from './critical-path.ts'
import { indexer } from './indexer.ts'
import type { TreeCalls, TreeColumns } from './tree-columns.ts'

/** What the row of a counted call says. */
export interface CountedRow {
  readonly model: string
  readonly prompt: number
  readonly completion: number
  readonly costNano: number
  readonly isUnpriced: boolean
}

/** Why a span of a tree counts or doesn't; `same-call-in-workflow`: a report in another trace of the run has the row. */
export type TreeReasonCode = UsageReasonCode | 'same-call-in-workflow'

/** The bits of `flags`. */
export const treeFlags = {
  record: 1,
  unpriced: 2,
  usageUnknown: 4,
  parentMissing: 8,
  otherRow: 16,
  critical: 32,
} as const

/** The spans of a run, each column in the order of the tree: a span before those below it. */
export interface RunTree {
  readonly startNs: bigint
  readonly count: number
  readonly traces: readonly string[]
  readonly names: readonly string[]
  readonly models: readonly string[]
  readonly reasons: readonly TreeReasonCode[]
  readonly columns: TreeColumns
  /** The counted calls that end first, with the index of the span that each is the row of. */
  readonly calls: TreeCalls
}

/** Names of `TreeColumns.kind` and `TreeColumns.status`, by index. */
export const treeKinds = ['agent', 'model', 'tool', 'other'] as const
export const treeStatuses = ['ok', 'error', 'cancelled', 'open'] as const

const kindIndex: Partial<Record<Kind, number>> = { agent: 0, llm: 1, embedding: 1, rerank: 1, tool: 2 }

/** What a tree is made of: derived traces, and the rows of the run's counted calls by their ids (32 hex digits). */
export interface TreeParts {
  readonly workflow: string
  readonly traces: readonly Trace[]
  readonly rows: ReadonlyMap<string, CountedRow>
  /** The most spans of a tree. */
  readonly most: number
  /** The most counted calls that are named with their spans. */
  readonly mostCalls: number
}

interface PlacedNode {
  readonly trace: Trace
  readonly node: Node
  readonly parent: number
  readonly depth: number
}

/** Makes the tree of a run. What counts is what has a row, so that the sums of the tree are those of the run. */
export function runTree(parts: TreeParts): RunTree & { readonly leftOut: number } {
  const all = placedNodes(parts)
  const placed = all.slice(0, parts.most)
  const startNs = placed.reduce<bigint | null>((first, { node }) => {
    const { startNs: own } = timesOf(node)
    return first === null || own < first ? own : first
  }, null)
  const [traces, names, models, reasons] = [
    indexer<string>(),
    indexer<string>(),
    indexer<string>(),
    indexer<TreeReasonCode>(),
  ]
  const columns = emptyColumns()
  const counted: { readonly id: string; readonly span: number }[] = []
  for (const one of placed) {
    const { trace, node } = one
    const { facts } = node
    // what reports no usage has no row of a call, and the id of a row is a hash
    const callId = facts.usage === null ? undefined : rowId(identityOfNode(trace, node), ordinals.usage)
    const row = callId === undefined ? undefined : parts.rows.get(callId)
    if (callId !== undefined && row !== undefined) counted.push({ id: dashed(callId), span: columns.span_id.length })
    const times = timesOf(node)
    const micros = (ns: bigint) => Number((ns - (startNs ?? 0n)) / 1000n)
    columns.span_id.push(facts.id)
    columns.trace.push(traces.of(trace.id))
    columns.parent.push(one.parent)
    columns.depth.push(one.depth)
    columns.size.push(0)
    columns.start_us.push(micros(times.startNs))
    columns.end_us.push(facts.open ? -1 : Math.max(micros(times.startNs), micros(times.endNs)))
    columns.kind.push(kindIndex[facts.kind] ?? 3)
    columns.name.push(names.of(facts.name))
    const model = row?.model ?? facts.usage?.responseModel ?? facts.usage?.model ?? facts.unknownUsage?.model ?? null
    columns.model.push(model === null ? -1 : models.of(model))
    columns.status.push(facts.open ? 3 : treeStatuses.indexOf(facts.outcome))
    columns.prompt_tokens.push(row?.prompt ?? facts.usage?.prompt ?? 0)
    columns.completion_tokens.push(row?.completion ?? facts.usage?.completion ?? 0)
    columns.cost_nano.push(row?.costNano ?? 0)
    columns.counted.push(row === undefined ? 0 : 1)
    columns.reason.push(reasons.of(reasonCodeOf(trace, node, row !== undefined)))
    columns.flags.push(flagsOf(trace, node, row))
  }
  addSizes(columns)
  markCriticalPath(columns, treeFlags.critical)
  return {
    startNs: startNs ?? 0n,
    count: placed.length,
    leftOut: all.length - placed.length,
    traces: traces.all,
    names: names.all,
    models: models.all,
    reasons: reasons.all,
    columns,
    calls: firstCalls(counted, columns, parts.mostCalls),
  }
}

function firstCalls(
  counted: readonly { readonly id: string; readonly span: number }[],
  { end_us: end }: TreeColumns,
  most: number,
): TreeCalls {
  const first = [...counted].sort((a, b) => end[a.span]! - end[b.span]!).slice(0, most)
  return { ids: first.map(({ id }) => id), spans: first.map(({ span }) => span) }
}

function emptyColumns(): TreeColumns {
  return {
    ...{
      span_id: [],
      trace: [],
      parent: [],
      depth: [],
      size: [],
      start_us: [],
      end_us: [],
      kind: [],
      name: [],
      model: [],
    },
    ...{ status: [], prompt_tokens: [], completion_tokens: [], cost_nano: [], counted: [], reason: [], flags: [] },
  }
}

/** The nodes of a run that are shown, each before those below it. One that isn't shown leaves its children to its parent. */
function placedNodes({ workflow, traces }: TreeParts): PlacedNode[] {
  const roots = sortByStart(
    traces
      .filter(({ isRun }) => isRun)
      .flatMap((trace) => [...trace.nodes.values()].map((node) => ({ facts: node.facts, trace, node })))
      .filter(({ node }) => node.parent === null),
  )
  const placed: PlacedNode[] = []
  // an own stack: a chain of spans may be deeper than the stack of calls
  const stack: PlacedNode[] = roots.map(({ trace, node }) => ({ trace, node, parent: -1, depth: 0 })).reverse()
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { trace, node } = next
    const isShown = isSpanOfTree(node) && workflowOf(trace, node) === workflow
    const below = isShown
      ? { parent: placed.length, depth: next.depth + 1 }
      : { parent: next.parent, depth: next.depth }
    if (isShown) placed.push(next)
    for (const child of sortByStart(node.children).reverse()) stack.push({ trace, node: child, ...below })
  }
  return placed
}

/** A log record is an event, unless it reports usage. */
function isSpanOfTree({ facts: { source, usage, unknownUsage } }: Node): boolean {
  return source === 'span' || usage !== null || unknownUsage !== null
}

/** Why a span of a run counts or not. A report that counts in its trace has no row where another trace has it. */
export function reasonCodeOf(trace: Trace, node: Node, hasRow: boolean): TreeReasonCode {
  const code = usageReasonCode(trace, node)
  if (hasRow || !node.usageState.counts || code === 'same-call-by-id') return code
  return node.facts.usage?.elsewhere ? 'same-call-in-workflow' : 'same-call-by-id'
}

function flagsOf(trace: Trace, node: Node, row: CountedRow | undefined): number {
  const { facts, parent, onCycle } = node
  const isMissing = parent === null && facts.parent !== '' && !onCycle
  const hasOtherRow =
    facts.kind === 'tool' && (nextAttemptReason(node) !== null || otherRunReason(trace, node) !== null)
  return (
    (facts.source === 'record' ? treeFlags.record : 0) |
    (row?.isUnpriced ? treeFlags.unpriced : 0) |
    (facts.unknownUsage === null ? 0 : treeFlags.usageUnknown) |
    (isMissing ? treeFlags.parentMissing : 0) |
    (hasOtherRow ? treeFlags.otherRow : 0)
  )
}

function addSizes({ parent, size }: TreeColumns): void {
  for (let i = parent.length - 1; i >= 0; i--) if (parent[i]! >= 0) size[parent[i]!]! += size[i]! + 1
}
