import { z } from 'zod'
import { asksForCredentials } from '../../config/exposure.ts'
import { hasRuns } from '../../queries/runs/runs.ts'
import { readSchema } from '../../queries/typed/schema.ts'
import { priceListVersion } from '../../settle/prices/price-list.ts'
import type { MetaAnswer, SchemaAnswer } from '../answers/server.ts'
import { type AnyRoute, apiRoute } from '../api-route.ts'
import { metaSchema, tablesSchema } from '../schemas/meta-schemas.ts'

const noQuery = z.strictObject({})

/** Says what the page is connected to, and what its credential may do. */
export const metaRoute: AnyRoute = apiRoute<object, unknown, MetaAnswer>({
  method: 'GET',
  path: '/api/meta',
  name: 'meta',
  summary: 'Says what the page is connected to, where telemetry is sent, and what this credential may do.',
  scopes: ['read'],
  query: noQuery,
  answer: metaSchema,
  async read({ context, tenant, scopes, database }) {
    const { config } = context
    return {
      version: context.version,
      tenant,
      tenants: [tenant],
      scopes,
      database: config.databaseUrl === null ? 'embedded' : 'postgresql',
      reader: config.readerDatabaseUrl !== null,
      credentials: asksForCredentials(config),
      endpoints: context.endpoints(),
      has_runs: await hasRuns(database),
      prices_date: priceListVersion.date,
      now: new Date().toISOString(),
      can: {
        retry: scopes.includes('admin') || scopes.includes('send'),
        close: scopes.includes('admin'),
        sql: true,
      },
    }
  },
})

/** Describes the tables that people read. */
export const schemaRoute: AnyRoute = apiRoute<object, unknown, SchemaAnswer>({
  method: 'GET',
  path: '/api/schema',
  name: 'schema',
  summary: 'Describes the tables that people read, with what each column means.',
  scopes: ['read'],
  query: noQuery,
  answer: tablesSchema,
  async read({ database }) {
    const columns = await readSchema(database)
    const names = [...new Set(columns.map(({ table }) => table))]
    return {
      tables: names.map((name) => {
        const own = columns.filter(({ table }) => table === name)
        return {
          name,
          meaning: own[0]!.table_meaning ?? '',
          columns: own.map(({ column, type, meaning }) => ({ name: column, type, meaning: meaning ?? '' })),
        }
      }),
    }
  },
})
