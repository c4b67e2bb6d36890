import { z } from 'zod'
import { isUuid } from '../../../columns.ts'
import { readableRequest } from '../../../commands/formats/otlp-json.ts'
import { filledIn } from '../../../queries/filled-in.ts'
import type { Database } from '../../../store/database.ts'
import {
  findRefused,
  listRefused,
  readAllRefused,
  refusedBody,
  type StoredRefusedSpan,
} from '../../../transaction/refused-spans.ts'
import type { RefusedAnswer, RefusedOneAnswer, RefusedRow, RetryAnswer } from '../../answers/health.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import { notFound } from '../../http/page-errors.ts'
import { numberParameter } from '../../parameters.ts'
import { cellsOf, columnar } from '../../schemas/columns.ts'
import { refusedOneSchema, refusedRow, refusedSchema, retrySchema } from '../../schemas/health-schemas.ts'

const refusedQuery = z.strictObject({ limit: numberParameter(1, 10_000, 100) })
const noQuery = z.strictObject({})
const listSql =
  'select id, signal, trace, span, name, reason, message, times, first_at, last_at, length(body) as bytes from refused_spans order by last_at desc, id limit $1'

/** Lists refused spans, those that came last first. */
export const refusedRoute: AnyRoute = apiRoute<z.output<typeof refusedQuery>, unknown, RefusedAnswer>({
  method: 'GET',
  path: '/api/refused',
  name: 'refused',
  summary: 'Lists refused spans and log records with their reasons, those that came last first.',
  scopes: ['read'],
  query: refusedQuery,
  answer: refusedSchema,
  async read({ database, query: { limit } }) {
    const rows = await listRefused(database, limit + 1)
    return {
      ...columnar(refusedRow, rows.slice(0, limit).map(rowOf)),
      more: rows.length > limit,
      sql: filledIn(listSql, [limit]),
    }
  },
  async *csv({ database }) {
    yield [refusedRow.columns]
    for await (const part of readAllRefused(database)) yield part.map((one) => cellsOf(refusedRow, rowOf(one)))
  },
})

/** Shows a refused span with its content. */
export const refusedOneRoute: AnyRoute = apiRoute<object, unknown, RefusedOneAnswer>({
  method: 'GET',
  path: '/api/refused/{id}',
  name: 'refused-one',
  summary: 'Shows a refused span or log record with the OTLP request that holds it.',
  scopes: ['read'],
  query: noQuery,
  answer: refusedOneSchema,
  async read({ database, path: { id = '' } }) {
    const kept = await findOne(database, id)
    const body = (await refusedBody(database, kept.id)) ?? new Uint8Array()
    const content = body.length === 0 ? null : readableRequest(kept.signal, kept.format, body)
    return {
      refused: rowOf(kept),
      content: content === null || typeof content === 'string' ? content : JSON.stringify(content, null, 2),
      sql: filledIn('select * from refused_spans where id = $1', [kept.id]),
    }
  },
})

/** Sends a refused span again. */
export const retryRoute: AnyRoute = apiRoute<object, unknown, RetryAnswer>({
  method: 'POST',
  path: '/api/refused/{id}/retry',
  name: 'retry',
  summary: 'Sends a refused span or log record again. One that is taken is kept no longer.',
  scopes: ['send', 'admin'],
  query: noQuery,
  body: z.strictObject({}),
  answer: retrySchema,
  async read({ context, tenant, path: { id = '' } }) {
    const kept = await findOne(context.databaseOf(tenant), id)
    const reason = await context.retry(tenant, kept)
    return { id: kept.id, taken: reason === null, reason }
  },
})

async function findOne(database: Database, id: string): Promise<StoredRefusedSpan> {
  const [found] = isUuid(id) ? await findRefused(database, [id.toLowerCase()]) : []
  if (found === undefined) throw notFound(`the refused span ${id}`)
  return found
}

function rowOf({
  id,
  signal,
  trace,
  span,
  name,
  reason,
  message,
  times,
  firstAt,
  lastAt,
  bytes,
}: StoredRefusedSpan): RefusedRow {
  const [first_at, last_at] = [firstAt.toISOString(), lastAt.toISOString()]
  return {
    id,
    signal,
    trace,
    span,
    name,
    reason,
    message,
    times: Number(times),
    first_at,
    last_at,
    bytes: Number(bytes),
  }
}
