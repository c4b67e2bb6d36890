import type { z } from 'zod'
import type { Scope } from '../accept/credentials/identity.ts'
import type { Exchange } from '../accept/http/http-answers.ts'
import type { Database } from '../store/database.ts'
import type { JsonText } from './http/json-text.ts'
import type { PageContext } from './page-context.ts'

/** A request of the API whose sender may ask it. */
export interface Asked<Query = unknown, Body = unknown> {
  readonly context: PageContext
  readonly tenant: string
  readonly scopes: readonly Scope[]
  /** The parts of the path that its pattern names. */
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** The tenant's database, for reading alone. */
  readonly database: Database
  header(name: string): string | undefined
  /** Aborts when the client has gone, or the server stops. */
  readonly closed: AbortSignal
}

/** The rows of a CSV file, its heads first. */
export type CsvRows = AsyncIterable<readonly (readonly (string | null)[])[]>

/** One address of the API. The OpenAPI document is made of these. */
export interface ApiRoute<Query = unknown, Body = unknown, Answer = unknown> {
  readonly method: 'GET' | 'POST'
  /** `/api/workflows/{id}`: a name in braces stands for one part of the path. */
  readonly path: string
  readonly name: string
  readonly summary: string
  /** The scopes of which a credential needs one. */
  readonly scopes: readonly Scope[]
  readonly query: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  readonly answer: z.ZodType<Answer>
  read(asked: Asked<Query, Body>): Promise<Answer | JsonText>
  /** The same as a file, at the path with `.csv` behind it. */
  readonly csv?: (asked: Asked<Query, Body>) => CsvRows
  /** The same as a stream of events, for `Accept: text/event-stream`; a route without `read` has only this. */
  readonly stream?: (asked: Asked<Query, Body>, exchange: Exchange) => Promise<void>
}

/** A route of which only its own function knows the types. */
export type AnyRoute = ApiRoute<never, never, unknown>

/** Checks that a route's parts fit each other. */
export function apiRoute<Query, Body, Answer>(of: ApiRoute<Query, Body, Answer>): AnyRoute {
  return of as unknown as AnyRoute
}
