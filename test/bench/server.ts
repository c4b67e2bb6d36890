import pg from 'pg'
import { makeCluster, startPostgres } from '../support/postgres.ts'
import { cpuMicros } from './processes.ts'

/** What a server has used since it started. */
export interface ServerUsage {
  readonly cpuMicros: number
  readonly walBytes: number
}

/** A PostgreSQL server on this machine that a benchmark measures. */
export interface BenchServer extends AsyncDisposable {
  /** The process that all others of the server come from. */
  readonly pid: number
  /** Makes an empty database, in place of one of that name, and returns its URL. */
  newDatabase(name: string): Promise<string>
  usage(): Promise<ServerUsage>
}

/** Opens the server that DATABASE_URL names, for a superuser, or starts one. Nothing else must write to it. */
export async function openServer(): Promise<BenchServer> {
  const own = process.env.DATABASE_URL === undefined ? await startPostgres([], await makeCluster()) : null
  const url = new URL(own?.url ?? process.env.DATABASE_URL!)
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  const { rows } = await client.query(`select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid`)
  return {
    pid: rows[0].pid,
    newDatabase: async (name) => {
      await client.query(`drop database if exists ${name} with (force)`)
      await client.query(`create database ${name}`)
      // what it has to write of the database before must not fall into what is measured
      await client.query('checkpoint')
      return Object.assign(new URL(url), { pathname: `/${name}` }).href
    },
    usage: async () => {
      const written = await client.query(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)
      return { cpuMicros: cpuMicros(rows[0].pid), walBytes: Number(written.rows[0].bytes) }
    },
    [Symbol.asyncDispose]: async () => {
      await client.end()
      await own?.[Symbol.asyncDispose]()
    },
  }
}
