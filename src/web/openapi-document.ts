import { z } from 'zod'
import type { AnyRoute } from './api-route.ts'

/** A document of OpenAPI 3.1. Source: https://spec.openapis.org/oas/v3.1.1.html */
export type OpenApiDocument = Readonly<Record<string, unknown>>

const errorSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }),
})

const failures: Readonly<Record<string, string>> = {
  400: 'A parameter or the body is wrong.',
  401: 'The credential is missing or wrong.',
  403: 'The credential may not do this.',
  404: 'Nothing is known of it, or it is of another tenant.',
  429: 'Too many wrong credentials came from this address.',
  503: 'The database is away, or took too long.',
}

/** Describes the routes of the API as a document. */
export function openApiOf(routes: readonly AnyRoute[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
    if (route.csv !== undefined) paths[`${route.path}.csv`] = { get: csvOperationOf(route) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Spanledger',
      version,
      summary: 'What ran, what it cost, and why each number is what it is.',
      description:
        "Read-only, but for sending refused spans again and closing a run. Each credential sees its own tenant alone. Money is whole nano-dollars as decimal text, times are RFC 3339 in UTC, lists have rows by position in the order of their columns. The answers' `sql` is the statement behind them.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { key: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: { Error: jsonSchemaOf(errorSchema, 'output') },
    },
  }
}

function operationOf(route: AnyRoute): object {
  const { name, summary, scopes, body, stream } = route
  const isOnlyStream = route.answer instanceof z.ZodNever
  const content = {
    ...(!isOnlyStream && { 'application/json': { schema: jsonSchemaOf(route.answer, 'output') } }),
    ...(stream !== undefined && { 'text/event-stream': { schema: { type: 'string' } } }),
  }
  return {
    operationId: name,
    summary,
    description: `Needs the scope ${scopes.join(' or ')}.`,
    parameters: parametersOf(route),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(body, 'input') } } },
    }),
    responses: { 200: { description: 'The answer.', content }, ...failureResponses() },
  }
}

function csvOperationOf(route: AnyRoute): object {
  return {
    operationId: `${route.name}-csv`,
    summary: `${route.summary} As CSV: all that matches, streamed.`,
    parameters: parametersOf(route),
    responses: {
      200: { description: 'Lines with heads (RFC 4180).', content: { 'text/csv': { schema: { type: 'string' } } } },
      ...failureResponses(),
    },
  }
}

function failureResponses(): object {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
  return Object.fromEntries(Object.entries(failures).map(([status, description]) => [status, { description, content }]))
}

function parametersOf({ path, query }: AnyRoute): object[] {
  const ofPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }))
  const { properties = {} } = jsonSchemaOf(query, 'input') as { readonly properties?: Readonly<Record<string, object>> }
  const ofQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
  return [...ofPath, ...ofQuery]
}

/** The JSON Schema (2020-12) of a value, without its own `$schema`: OpenAPI 3.1 has that dialect. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>
  return rest
}
