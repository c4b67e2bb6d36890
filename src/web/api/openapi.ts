import { z } from 'zod'
import { type AnyRoute, apiRoute } from '../api-route.ts'
import { JsonText } from '../http/json-text.ts'
import { type OpenApiDocument, openApiOf } from '../openapi-document.ts'

/** Describes the API. `routes` is asked late: this route is one of them. */
export function openApiRoute(routes: () => readonly AnyRoute[]): AnyRoute {
  let text: string | undefined
  return apiRoute<object, unknown, OpenApiDocument>({
    method: 'GET',
    path: '/api/openapi.json',
    name: 'openapi',
    summary: 'Describes this API (OpenAPI 3.1).',
    scopes: ['read'],
    query: z.strictObject({}),
    answer: z.looseObject({}),
    async read({ context }) {
      text ??= JSON.stringify(openApiOf(routes(), context.version))
      return new JsonText(text)
    },
  })
}
