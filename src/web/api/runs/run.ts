import { z } from 'zod'
import type { CallSums, ModelSums } from '../../../queries/rows/call-rows.ts'
import type { RunRow } from '../../../queries/rows/run-rows.ts'
import { mostCalls, readWholeRun } from '../../../queries/runs/run.ts'
import type { RunAnswer } from '../../answers/run.ts'
import type { RunLink } from '../../answers/runs.ts'
import type { SpanAnswer } from '../../answers/span.ts'
import type { TreeAnswer } from '../../answers/tree.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { callOf, namesOfParts } from '../../explainer/call-answer.ts'
import { JsonText } from '../../http/json-text.ts'
import { notFound } from '../../http/page-errors.ts'
import { columnar } from '../../schemas/columns.ts'
import { callRow, runSchema } from '../../schemas/run-schemas.ts'
import { spanSchema, treeSchema } from '../../schemas/tree-schemas.ts'

const noQuery = z.strictObject({})
const mostRelatives = 100
const mostOfSession = 50

/** Shows a run: its row, its sums and what they are sums of, and the runs around it. */
export const runRoute: AnyRoute = apiRoute<object, unknown, RunAnswer>({
  method: 'GET',
  path: '/api/workflows/{id}',
  name: 'run',
  summary: 'Shows a run: its row, its sums and what they are sums of, and its parent, children and siblings.',
  scopes: ['read'],
  query: noQuery,
  answer: runSchema,
  async read({ database, path: { id = '' }, tenant }) {
    const whole = await readWholeRun(database, id)
    if (whole === undefined) throw notFound(`the run ${id}`)
    const { run, details, byModel, parent, children, siblings, session } = whole
    const calls = whole.calls.slice(0, mostCalls)
    const { seq, metadata, ...texts } = details
    return {
      run: { ...run, ...texts, metadata: metadata ?? {} },
      tenant,
      seq,
      sums: sumsOf(byModel),
      by_model: byModel,
      calls: columnar(callRow, calls.map(callOf)),
      calls_more: whole.calls.length > mostCalls,
      cost_parts: namesOfParts(calls),
      agents: whole.agents,
      parent: parent && linkOf(parent),
      parent_workflow_id: run.parent_workflow_id,
      children: children.slice(0, mostRelatives).map(linkOf),
      siblings: siblings.slice(0, mostRelatives).map(linkOf),
      relatives_more:
        [children, siblings].some(({ length }) => length > mostRelatives) || session.length > mostOfSession,
      retries: whole.retries,
      session: session.slice(0, mostOfSession).map(linkOf),
      sql: whole.sql,
    }
  },
})

/** Shows the spans of a run as a tree. */
export const treeRoute: AnyRoute = apiRoute<object, unknown, TreeAnswer>({
  method: 'GET',
  path: '/api/workflows/{id}/tree',
  name: 'tree',
  summary: 'Shows the spans of a run as a tree, column-wise, at most 100,000.',
  scopes: ['read'],
  query: noQuery,
  answer: treeSchema,
  async read({ context, tenant, path: { id = '' } }) {
    const json = await context.explainer.tree(tenant, id)
    if (json === null) throw notFound(`the run ${id}`)
    return new JsonText(json)
  },
})

/** Shows all of one span. */
export const spanRoute: AnyRoute = apiRoute<object, unknown, SpanAnswer>({
  method: 'GET',
  path: '/api/workflows/{id}/spans/{trace}/{span}',
  name: 'span',
  summary: 'Shows all of one span: why it counts or not, its rows, the parts of its cost, its messages and attributes.',
  scopes: ['read'],
  query: noQuery,
  answer: spanSchema,
  async read({ context, tenant, path: { id = '', trace = '', span = '' } }) {
    const isId = /^[0-9a-f]{32}$/.test(trace) && /^([0-9a-f]{16}|[0-9a-f]{32})$/.test(span)
    const json = isId ? await context.explainer.span(tenant, { workflow: id, trace, span }) : null
    if (json === null) throw notFound(`the span ${span} of the run ${id}`)
    return new JsonText(json)
  },
})

function linkOf(run: RunRow): RunLink {
  const { workflow_id, status, query, started_at, duration_ms, total_tokens, cost_nano_usd } = run
  return { workflow_id, status, query, started_at, duration_ms, total_tokens, cost_nano_usd }
}

function sumsOf(rows: readonly ModelSums[]): CallSums {
  const sum = (name: Exclude<keyof CallSums, 'cost_nano_usd'>) => rows.reduce((total, row) => total + row[name], 0)
  return {
    calls: sum('calls'),
    prompt_tokens: sum('prompt_tokens'),
    completion_tokens: sum('completion_tokens'),
    total_tokens: sum('total_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_creation_tokens: sum('cache_creation_tokens'),
    reasoning_tokens: sum('reasoning_tokens'),
    web_searches: sum('web_searches'),
    cost_nano_usd: rows.reduce((total, row) => total + BigInt(row.cost_nano_usd), 0n).toString(),
    unpriced_calls: sum('unpriced_calls'),
  }
}
