import { z } from 'zod'
import type { FacetsAnswer } from '../../../queries/rows/run-rows.ts'
import { readFacets } from '../../../queries/runs/facets.ts'
import { listRuns, type RunFilter, type RunPageRequest, runSorts } from '../../../queries/runs/runs.ts'
import type { RunsAnswer } from '../../answers/runs.ts'
import { type AnyRoute, type Asked, apiRoute, type CsvRows } from '../../api-route.ts'
import { WrongRequest } from '../../http/page-errors.ts'
import {
  numberParameter,
  type PeriodParameters,
  periodBoundsOf,
  periodParameters,
  textParameter,
} from '../../parameters.ts'
import { cellsOf, columnar } from '../../schemas/columns.ts'
import { facetsSchema, runRow, runStatus, runsSchema } from '../../schemas/run-schemas.ts'
import { cursorOf, cursorText } from './cursor.ts'

const runsQuery = z.strictObject({
  ...periodParameters,
  status: runStatus.optional(),
  user: textParameter,
  session: textParameter,
  model: textParameter,
  provider: textParameter,
  mode: textParameter,
  tool: textParameter,
  agent: textParameter,
  workflow: textParameter,
  q: textParameter,
  sort: z.enum(runSorts).default('started'),
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: numberParameter(1, 1_000, 100),
  after: textParameter,
  before: textParameter,
})

const facetsQuery: z.ZodType<PeriodParameters> = z.strictObject({ ...periodParameters })

/** Counts the values that the newest runs of a period have, for filters to offer. */
export const facetsRoute: AnyRoute = apiRoute<PeriodParameters, unknown, FacetsAnswer>({
  method: 'GET',
  path: '/api/facets',
  name: 'facets',
  summary: 'Counts the values that the newest 5,000 runs of a period have, for filters to offer.',
  scopes: ['read'],
  query: facetsQuery,
  answer: facetsSchema,
  read: ({ database, query }) => readFacets(database, periodBoundsOf(query)),
})

type RunsQuery = z.output<typeof runsQuery>

/** Lists runs that match a filter, by pages. */
export const runsRoute: AnyRoute = apiRoute<RunsQuery, unknown, RunsAnswer>({
  method: 'GET',
  path: '/api/runs',
  name: 'runs',
  summary:
    'Lists runs. `q` looks into queries and errors, and needs `since`. Sorted by something else than the start and without `since` it has the newest 50,000 runs alone, and `bounded_since` says where they begin.',
  scopes: ['read'],
  query: runsQuery,
  answer: runsSchema,
  async read({ database, query }) {
    const page = await listRuns(database, filterOf(query), pageOf(query))
    return {
      ...columnar(runRow, page.runs),
      next: page.next && cursorText(page.next),
      previous: page.previous && cursorText(page.previous),
      more: page.next !== null,
      count: page.count,
      count_is_least: page.isCountLeast,
      bounded_since: page.boundedSince,
      sql: page.sql,
    }
  },
  csv: runsAsCsv,
})

/** How many rows a page of a file has: each is read in a transaction of its own, so that others have their turn. */
const csvPage = 1_000

/**
 * All runs that match, in the order of the list where they are one page, else in that of their starts: a list by cost is
 * sorted anew for each page.
 */
async function* runsAsCsv({ database, query }: Asked<RunsQuery>): CsvRows {
  const filter = filterOf(query)
  const first = { ...pageOf(query), limit: csvPage, after: null, before: null }
  const sorted = await listRuns(database, filter, first)
  const isWhole = sorted.next === null && sorted.boundedSince === null
  let page =
    isWhole || first.sort === 'started' ? sorted : await listRuns(database, filter, { ...first, sort: 'started' })
  yield [runRow.columns, ...page.runs.map((run) => cellsOf(runRow, run))]
  while (page.next !== null) {
    page = await listRuns(database, filter, { ...first, sort: 'started', after: page.next })
    yield page.runs.map((run) => cellsOf(runRow, run))
  }
}

function filterOf(query: RunsQuery): RunFilter {
  const { status, user, session, model, provider, mode, tool, agent, workflow, q, since } = query
  if (q !== undefined && since === undefined)
    throw new WrongRequest(400, 'wrong-parameter', 'A search in texts needs a time: since.', 'Add since=7d.')
  return {
    ...{ status: status ?? null, user: user ?? null, session: session ?? null, model: model ?? null },
    ...{ provider: provider ?? null, mode: mode ?? null, tool: tool ?? null, agent: agent ?? null },
    ...{ workflow: workflow ?? null, text: q ?? null },
    ...periodBoundsOf(query),
  }
}

function pageOf({ sort, order, limit, after, before }: RunsQuery): RunPageRequest {
  if (after !== undefined && before !== undefined)
    throw new WrongRequest(400, 'wrong-parameter', 'A page comes after a row or before one, not both.')
  const isAscending = order === 'asc'
  return { sort, isAscending, limit, after: cursorOf(after, sort), before: cursorOf(before, sort) }
}
