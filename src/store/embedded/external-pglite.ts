import { type Database, databaseOver, defaultTransactionLimits } from '../database.ts'
import { translate } from '../sqlstate.ts'
import { runWork, type Statement } from './thread/statement-protocol.ts'

/** The part of PGlite's interface that is used. Source: https://pglite.dev/docs/api */
export interface ExternalPglite {
  readonly waitReady: Promise<void>
  /** Parsers by the numbers of types; once PGlite is ready, those of array types are among them. */
  readonly parsers: object
  transaction<T>(work: (transaction: PgliteTransaction) => Promise<T>): Promise<T>
  exec(sql: string): Promise<PgliteResults[]>
}

/** The part of PGlite's `Transaction` that is used. */
export interface PgliteTransaction {
  query(sql: string, parameters?: unknown[], options?: PgliteOptions): Promise<PgliteResults>
  exec(sql: string, options?: PgliteOptions): Promise<PgliteResults[]>
}

/** The part of PGlite's `Results` that is used. */
export interface PgliteResults {
  rows: object[]
}

/** The part of PGlite's `QueryOptions` that is used. */
export interface PgliteOptions {
  blob?: Blob
  parsers?: Record<number, (text: string) => unknown>
  serializers?: Record<number, (value: string) => string>
}

/**
 * Uses a PGlite that the app has opened, and that stays open. The app may use it at the same time, since PGlite runs one
 * transaction after the other. Statements run in the caller's thread and can't be interrupted, so no time limit holds but
 * the one on locks.
 */
export function databaseOnPglite(pglite: ExternalPglite): Database {
  let loading: Promise<PgliteOptions> | undefined
  return databaseOver({
    description: 'the given PGlite',
    async transaction(work, { searchPath, limits: { lockTimeoutMs } = defaultTransactionLimits }) {
      loading ??= optionsLikePg(pglite)
      const options = await loading
      return pglite
        .transaction(async (transaction) => {
          const send = (statement: Statement) => run(transaction, statement, options)
          await send({
            sql: `set local lock_timeout = ${lockTimeoutMs}; set local synchronous_commit = on; ${searchPath}`,
          })
          return runWork(send, work)
        })
        .catch((error: unknown) => {
          throw translate(error)
        })
    },
    async statement(sql) {
      await pglite.exec(sql).catch((error: unknown) => {
        throw translate(error)
      })
    },
    [Symbol.asyncDispose]: async () => {},
  })
}

async function run(
  transaction: PgliteTransaction,
  { sql, values, blob }: Statement,
  options: PgliteOptions,
): Promise<object[]> {
  if (blob !== undefined) return (await transaction.query(sql, [], { blob: new Blob([blob]) })).rows
  if (values !== undefined) return (await transaction.query(sql, [...values], options)).rows
  return (await transaction.exec(sql, options)).at(-1)?.rows ?? []
}

/**
 * Makes the options with which columns have the values that node-postgres gives them, and parameters, which are text
 * already, are sent as they are. The app's own settings of PGlite stay unchanged.
 */
async function optionsLikePg(pglite: ExternalPglite): Promise<PgliteOptions> {
  await pglite.waitReady
  const { default: pg } = await import('pg')
  const types = [...Object.keys(pglite.parsers).map(Number), ...Object.values(pg.types.builtins)]
  const parserOf = (type: number) => pg.types.getTypeParser(type as number, 'text') as (text: string) => unknown
  return {
    parsers: Object.fromEntries(types.map((type) => [type, (text: string) => parserOf(type)(text)])),
    serializers: Object.fromEntries(types.map((type) => [type, (value: string) => value])),
  }
}
