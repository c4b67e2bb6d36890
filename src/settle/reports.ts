import type { Facts } from '../map/facts.ts'
import type { Report, TableChanges, UsageRow } from './rows.ts'
import { addSums, count, noSums, type Share } from './share.ts'
import { emptyTrace, type Node, newNode } from './trace.ts'
import { countersKey, matchTwins, responseKey } from './twins.ts'
import { type Price, usageRow } from './usage.ts'

/** What became of a report: a row, or `better` (its id) is billed for the same call. */
export interface Billed {
  readonly report: Report
  readonly row: UsageRow | null
  readonly better: string | null
}

/** Reports can only be of one call if they share one of these. */
export function reportKeys({ usage }: Report): string[] {
  return usage.responseId === null ? [countersKey(usage)] : [countersKey(usage), responseKey(usage, usage.responseId)]
}

/** Decides which of these reports are billed. They must be all that share a key with one of them, and so on. */
export function billReports(reports: readonly Report[], price: Price): Billed[] {
  const stage = emptyTrace('', '')
  const nodes = new Map(reports.map((report) => [nodeOf(report), report]))
  matchTwins(stage, nodes.keys())
  return [...nodes].map(([node, report]) => {
    if (node.twinOf !== null) return { report, row: null, better: nodes.get(node.twinOf)!.id }
    return { report, row: { ...usageRow(stage, node, report.place, price), id: report.id }, better: null }
  })
}

/** Reports of several traces beside each other, as if they were of one. */
function nodeOf({ place, source, origin, spanKind, startNs, endNs, usage }: Report): Node {
  return newNode({ ...nothing, id: `${place.node} ${place.trace}`, source, origin, spanKind, startNs, endNs, usage })
}

/** All that twins are not asked for. */
const nothing = {
  tenant: '',
  trace: '',
  parent: '',
  remoteParent: false,
  attributeCount: 0,
  digest: '',
  name: '',
  kind: 'llm',
  dialect: '',
  service: '',
  workflowId: null,
  agent: null,
  outcome: 'ok',
  error: null,
  open: false,
  endsWell: false,
  statements: {},
  tool: null,
  asks: [],
  answers: [],
  events: [],
  run: null,
} as const satisfies Partial<Facts>

/** The share of a workflow's billed reports, which no trace gives, after these rows changed. */
export function shareOfReports(before: Share, { added, removed }: TableChanges<UsageRow>): Share {
  const models = new Map(before.models)
  const providers = new Map(before.providers)
  let { sums, nodes } = before
  const tally = (row: UsageRow, sign: 1 | -1) => {
    sums = addSums(sums, sumsOfCall(row), sign)
    nodes += sign
    count(models, row.model, sign * (row.prompt + row.completion))
    count(providers, row.provider, sign * (row.prompt + row.completion))
  }
  for (const row of removed) tally(row, -1)
  for (const row of added) tally(row, 1)
  return { ...before, nodes, sums, models, providers }
}

function sumsOfCall({ prompt, completion, cacheRead, cacheWrite, costNano, cacheHit, unpriced }: UsageRow) {
  return {
    ...noSums,
    prompt,
    completion,
    cacheRead,
    cacheWrite,
    costNano,
    calls: 1,
    cacheHits: cacheHit ? 1 : 0,
    unpriced: unpriced ? 1 : 0,
  }
}
