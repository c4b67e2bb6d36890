import { type Database, defaultTransactionLimits } from '../database.ts'
import { translate } from '../sqlstate.ts'
import { type Statement, sessionBy } from './thread/statement-protocol.ts'

/** What is needed of a PGlite. Source: https://pglite.dev/docs/api */
export interface ExternalPglite {
  readonly waitReady: Promise<void>
  /** By the numbers of types, those of arrays too as soon as it is ready. */
  readonly parsers: object
  transaction<T>(work: (transaction: PgliteTransaction) => Promise<T>): Promise<T>
}

export interface PgliteTransaction {
  query(sql: string, parameters?: unknown[], options?: PgliteOptions): Promise<PgliteResults>
  exec(sql: string, options?: PgliteOptions): Promise<PgliteResults[]>
}

export interface PgliteResults {
  rows: object[]
}

export interface PgliteOptions {
  blob?: Blob
  parsers?: Record<number, (text: string) => unknown>
  serializers?: Record<number, (value: string) => string>
}

/**
 * Somebody else's PGlite, which stays theirs: they may use it at the same time, since it lets in one transaction after
 * the other. It works in the thread of whoever asks and can't be interrupted, so no limit of time holds.
 */
export function databaseOnPglite(pglite: ExternalPglite): Database {
  let spoken: Promise<PgliteOptions> | undefined
  return {
    description: 'the given PGlite',
    async transaction(work, { lockTimeoutMs } = defaultTransactionLimits) {
      spoken ??= speakingLikeTheDriver(pglite)
      const options = await spoken
      return pglite
        .transaction(async (transaction) => {
          const send = (command: Statement) => run(transaction, command, options)
          await send({ sql: `set local lock_timeout = ${lockTimeoutMs}; set local synchronous_commit = on` })
          return work(sessionBy(send))
        })
        .catch((error: unknown) => {
          throw translate(error)
        })
    },
    [Symbol.asyncDispose]: async () => {},
  }
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

/** Columns become what node-postgres makes of them, and parameters come as text already: nothing of theirs is changed. */
async function speakingLikeTheDriver(pglite: ExternalPglite): Promise<PgliteOptions> {
  await pglite.waitReady
  const { default: pg } = await import('pg')
  const types = [...Object.keys(pglite.parsers).map(Number), ...Object.values(pg.types.builtins)]
  const parserOf = (type: number) => pg.types.getTypeParser(type as number, 'text') as (text: string) => unknown
  return {
    parsers: Object.fromEntries(types.map((type) => [type, (text: string) => parserOf(type)(text)])),
    serializers: Object.fromEntries(types.map((type) => [type, (value: string) => value])),
  }
}
