import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type Identity, tenantFor } from '../accept/credentials/identity.ts'
import { presentedBy } from '../accept/credentials/presented.ts'
import type { Exchange } from '../accept/http/http-answers.ts'
import { hasLoopbackHost } from '../accept/http/loopback.ts'
import { Unavailable } from '../errors.ts'
import type { AnyRoute, ApiRoute, Asked } from './api-route.ts'
import { answerCsv } from './http/csv.ts'
import { JsonText } from './http/json-text.ts'
import { pageFailureOf, WrongRequest } from './http/page-errors.ts'
import { readJson } from './http/read-json.ts'
import { reply } from './http/reply.ts'
import type { StaticFiles } from './http/static-files.ts'
import type { PageContext } from './page-context.ts'
import { findRoute } from './routes.ts'

/** What answers the requests of the page. */
export interface PageParts {
  readonly context: PageContext
  readonly files: StaticFiles
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal
}

/** The paths of the receiver, at which no page is. */
const receiverPaths = /^\/(v1|metrics|healthz|readyz)(\/|$)/

/**
 * Answers a request of the page, its files or its API; returns undefined for any other. A browser that is sent to some path
 * gets the page, whose script reads the path; a sender of telemetry that is sent there gets the receiver's advice.
 */
export function answerPage(parts: PageParts, exchange: Exchange): Promise<void> | undefined {
  const { request } = exchange
  const path = (request.url ?? '').split('?', 1)[0]!
  if (path === '/api' || path.startsWith('/api/'))
    return checked(parts, exchange, () => answerApi(parts, exchange, path))
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  if (receiverPaths.test(path)) return undefined
  if (parts.files.has(path)) return checked(parts, exchange, () => parts.files.answerFile(exchange, path))
  if (!/\btext\/html\b/.test(request.headers.accept ?? '')) return undefined
  return checked(parts, exchange, () => parts.files.answerHtml(exchange))
}

/** Answers, with each error as an answer of its own. */
async function checked({ context }: PageParts, exchange: Exchange, answer: () => Promise<void>): Promise<void> {
  try {
    checkOrigin(exchange.request)
    await answer()
  } catch (error) {
    const { status, body, headers, isUnexpected } = pageFailureOf(error)
    if (isUnexpected) context.onUnexpected(error)
    if (exchange.response.headersSent) return void exchange.response.destroy()
    await reply(exchange, { status, type: 'application/json', body: JSON.stringify(body), headers })
  }
}

/** Throws for a request that a page of another site may have made. */
function checkOrigin(request: IncomingMessage): void {
  if (!hasLoopbackHost(request))
    throw new WrongRequest(
      421,
      'wrong-host',
      'This server is on loopback, and the request names another host.',
      'Use http://127.0.0.1 or http://localhost with its port.',
    )
  const { origin, host = '' } = request.headers
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host && request.method === 'POST')
    throw new WrongRequest(403, 'forbidden', `A page of ${origin} may not ask this server.`)
}

async function answerApi({ context, stopping }: PageParts, exchange: Exchange, path: string): Promise<void> {
  const { request, response } = exchange
  const found = findRoute(request.method ?? '', path)
  const { route, isCsv, parts } = found
  const identity = await identityOf(context, request)
  const tenant = tenantOf(identity, route)
  if (!context.isPrepared()) throw new Unavailable('The database has not been ready since the start.')
  const closing = new AbortController()
  const abort = () => closing.abort()
  response.once('close', abort)
  stopping.addEventListener('abort', abort, { once: true })
  const asked = {
    context,
    tenant,
    scopes: identity.scopes,
    path: parts,
    query: queryOf(route, request.url ?? ''),
    body: route.body === undefined ? {} : parsed(route.body, await readJson(request), 'body'),
    database: context.readerOf(tenant),
    header: (name: string) => request.headers[name]?.toString(),
    closed: closing.signal,
  }
  try {
    await answerRoute(route as unknown as ApiRoute, asked, { exchange, isCsv })
  } finally {
    stopping.removeEventListener('abort', abort)
  }
}

async function answerRoute(
  route: ApiRoute,
  asked: Asked,
  { exchange, isCsv }: { readonly exchange: Exchange; readonly isCsv: boolean },
): Promise<void> {
  const wantsStream = /\btext\/event-stream\b/.test(asked.header('accept') ?? '')
  if (isCsv) return answerCsv(exchange, route.name, route.csv!(asked))
  if (route.stream !== undefined && wantsStream) return route.stream(asked, exchange)
  const answer = await route.read(asked)
  const body = answer instanceof JsonText ? answer.text : JSON.stringify(answer)
  await reply(exchange, { status: 200, type: 'application/json', body })
}

async function identityOf({ authenticate }: PageContext, { headers, socket }: IncomingMessage): Promise<Identity> {
  return authenticate(presentedBy((name) => headers[name]?.toString(), socket, socket))
}

/** The tenant of a credential that has one of the scopes of a route. Throws `Denied` for another one. */
function tenantOf(identity: Identity, { scopes }: AnyRoute): string {
  return tenantFor(identity, scopes.find((scope) => identity.scopes.includes(scope)) ?? scopes[0]!)
}

function queryOf(route: AnyRoute, url: string): unknown {
  const search = new URLSearchParams(url.split('?').slice(1).join('?'))
  const values: Record<string, string> = {}
  for (const [name, value] of search) {
    if (name in values) throw new WrongRequest(400, 'wrong-parameter', `The parameter ${name} comes twice.`)
    if (value !== '') values[name] = value
  }
  return parsed(route.query, values, 'parameter')
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue!.code === 'unrecognized_keys' ? '' : ` ${issue!.path.join('.')}`
  throw new WrongRequest(
    400,
    `wrong-${what}`,
    `The ${what}${where} is wrong: ${z.prettifyError(result.error).split('\n')[0]!.replace(/^✖ /, '')}.`,
  )
}
