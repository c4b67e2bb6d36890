import { healthRoute } from './api/health/health.ts'
import { refusedOneRoute, refusedRoute, retryRoute } from './api/health/refused.ts'
import { metaRoute, schemaRoute } from './api/meta.ts'
import { openApiRoute } from './api/openapi.ts'
import { closeRoute } from './api/runs/close.ts'
import { eventsRoute } from './api/runs/events.ts'
import { liveRoute } from './api/runs/live.ts'
import { runRoute, spanRoute, treeRoute } from './api/runs/run.ts'
import { facetsRoute, runsRoute } from './api/runs/runs.ts'
import { sqlRoute } from './api/sql.ts'
import { costRoute } from './api/sums/cost.ts'
import { costSeriesRoute } from './api/sums/cost-series.ts'
import { reconciliationsRoute } from './api/sums/reconciliations.ts'
import { agentsRoute, toolsRoute } from './api/sums/tools.ts'
import type { AnyRoute } from './api-route.ts'
import { WrongRequest } from './http/page-errors.ts'

/** All addresses of the API, in the order of its document. */
export const routes: readonly AnyRoute[] = [
  ...[metaRoute, schemaRoute, runsRoute, facetsRoute, runRoute, treeRoute, spanRoute, eventsRoute, closeRoute],
  ...[liveRoute, costRoute, costSeriesRoute, toolsRoute, agentsRoute, reconciliationsRoute, healthRoute],
  ...[refusedRoute, refusedOneRoute, retryRoute, sqlRoute, openApiRoute(() => routes)],
]

/** A route, and the parts of a path that its pattern names. */
export interface FoundRoute {
  readonly route: AnyRoute
  readonly isCsv: boolean
  readonly parts: Readonly<Record<string, string>>
}

interface Pattern {
  readonly route: AnyRoute
  readonly isCsv: boolean
  readonly expression: RegExp
}

const patterns: readonly Pattern[] = routes.flatMap((route) => [
  { route, isCsv: false, expression: patternOf(route.path) },
  ...(route.csv === undefined ? [] : [{ route, isCsv: true, expression: patternOf(`${route.path}.csv`) }]),
])

/** Finds the route of a method and a path. Throws where there is none. */
export function findRoute(method: string, path: string): FoundRoute {
  const found = patterns.flatMap(({ expression, ...of }) => {
    const match = expression.exec(path)
    return match === null ? [] : [{ ...of, groups: match.groups ?? {} }]
  })
  const wanted = method === 'HEAD' ? 'GET' : method
  const one = found.find(({ route }) => route.method === wanted)
  if (one !== undefined) return { route: one.route, isCsv: one.isCsv, parts: decoded(one.groups) }
  if (found.length === 0)
    throw new WrongRequest(404, 'not-found', `Nothing of the API is at ${path}.`, 'See /api/openapi.json.')
  throw new WrongRequest(405, 'wrong-method', `${path} takes ${found.map(({ route }) => route.method).join(' and ')}.`)
}

function patternOf(path: string): RegExp {
  const source = path.replaceAll('.', String.raw`\.`).replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${source}$`)
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new WrongRequest(400, 'wrong-parameter', 'The path has an escape that is none.')
  }
}
