import type { Span } from '../../src/decode/span.ts'
import type { MapOptions } from '../../src/map/options.ts'
import { mapSpan } from '../../src/map/span.ts'
import { emptyTrace } from '../../src/settle/model/trace.ts'
import { settle } from '../../src/settle/settle.ts'
import { foldShares } from '../../src/settle/share/fold-shares.ts'
import type { Share } from '../../src/settle/share/share.ts'
import type { TaskRow } from '../../src/settle/workflow/task-row.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import { noPrice } from './prices.ts'

const options: MapOptions = { digest: (item) => ('spanId' in item ? item.spanId : '').padEnd(64, '0') }
const unpriced = noPrice

/** The tasks that spans of any traces make, by workflow id. */
export function tasksOf(spans: readonly Span[]): Map<string, TaskRow> {
  const shares = new Map<string, Share[]>()
  for (const id of new Set(spans.map(({ traceId }) => traceId))) {
    const facts = spans.filter(({ traceId }) => traceId === id).map((span) => mapSpan(span, options))
    for (const { workflow, after } of settle(emptyTrace(id), facts, unpriced).shares)
      shares.set(workflow, [...(shares.get(workflow) ?? []), after])
  }
  return new Map([...shares].map(([workflow, list]) => [workflow, taskRow(workflow, foldShares(list))]))
}
