import { type RunTree, treeKinds, treeStatuses } from '../../explain/run-tree.ts'
import type { TreeColumns } from '../../explain/tree-columns.ts'
import { filledIn } from '../../queries/filled-in.ts'
import type { RunRow } from '../../queries/rows/run-rows.ts'
import type { CountedCallSums } from '../../queries/runs/run.ts'
import type { TreeAnswer } from '../answers/tree.ts'
import { reasonTexts } from './reason-texts.ts'

/** What the answer with a tree is made of. */
export interface TreeAnswerParts {
  readonly run: RunRow
  readonly tree: RunTree & { readonly leftOut: number }
  readonly rows: ReadonlyMap<string, CountedCallSums>
  /** Traces that were not read, because there are too many spans. */
  readonly unread: number
}

/** Makes the answer with the tree of a run, or with the rows of its calls where the ledger has no spans of it any more. */
export function treeAnswer({ run, tree, rows, unread }: TreeAnswerParts): TreeAnswer {
  const isKept = tree.count > 0 || rows.size === 0
  const { traces, names, models, reasons, columns, calls } = isKept ? tree : treeOfRows(run, rows)
  return {
    workflow_id: run.workflow_id,
    started_at: isKept && tree.count > 0 ? isoTimeOfNs(tree.startNs) : run.started_at,
    count: columns.span_id.length,
    left_out: tree.leftOut + unread,
    kept: isKept,
    traces,
    kinds: treeKinds,
    names,
    models,
    statuses: treeStatuses,
    reasons: reasons.map((code) => ({ code, text: reasonTexts[code] })),
    columns,
    calls,
    sums: sumsOf(columns),
    sql: filledIn(
      'select count(*), sum(prompt_tokens), sum(completion_tokens), sum(cost_nano_usd) from token_usage where task_id = $1',
      [run.id],
    ),
  }
}

/** The counted calls of a run as spans without parents and times. */
function treeOfRows(run: RunRow, rows: TreeAnswerParts['rows']): Omit<RunTree, 'startNs' | 'count'> {
  const all = [...rows.values()]
  const models = [...new Set(all.map(({ model }) => model))]
  const each = <Value>(value: (row: CountedCallSums) => Value) => all.map(value)
  const zeros = each(() => 0)
  return {
    traces: [''],
    names: ['call'],
    models,
    reasons: ['counts'],
    calls: { ids: [], spans: [] },
    columns: {
      span_id: each(({ id }) => id),
      parent: each(() => -1),
      ...{ trace: zeros, depth: zeros, size: zeros, start_us: zeros, name: zeros, status: zeros, reason: zeros },
      end_us: each(() => (run.duration_ms ?? 0) * 1000),
      kind: each(() => 1),
      model: each(({ model }) => models.indexOf(model)),
      prompt_tokens: each(({ prompt }) => prompt),
      completion_tokens: each(({ completion }) => completion),
      cost_nano: each(({ costNano }) => costNano),
      counted: each(() => 1),
      flags: each(({ isUnpriced }) => (isUnpriced ? 2 : 0)),
    },
  }
}

function sumsOf({
  counted,
  prompt_tokens: prompt,
  completion_tokens: completion,
  cost_nano: cost,
}: TreeColumns): TreeAnswer['sums'] {
  const sum = (values: readonly number[]) =>
    values.reduce((total, value, i) => (counted[i] === 1 ? total + value : total), 0)
  const costNano = cost.reduce((total, value) => total + BigInt(value), 0n)
  return {
    calls: sum(counted),
    prompt_tokens: sum(prompt),
    completion_tokens: sum(completion),
    cost_nano_usd: costNano.toString(),
  }
}

/** A time in nanoseconds as RFC 3339, exact to the microsecond. */
export function isoTimeOfNs(ns: bigint): string {
  const micros = ((ns / 1000n) % 1_000_000n).toString().padStart(6, '0')
  return `${new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${micros}Z`
}
