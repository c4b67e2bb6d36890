import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { makeCluster, startPostgres } from '../support/postgres.ts'
import { lastingPort } from './ports.ts'
import {
  copyFiles,
  endServer,
  firstProcess,
  identityOf,
  launch,
  programOf,
  type ServerFiles,
} from './server-process.ts'
import { readStates } from './sqlstates.ts'

/** The PostgreSQL of the run. The bridges connect as a role that is no superuser, through proxies. */
export interface ChaosServer extends AsyncDisposable {
  /** The port of the primary, which is another one after each promotion. */
  readonly port: number
  /** The URL of a database, for a superuser. */
  urlOf(database: string): string
  /** Makes an empty database that the bridges' role owns, and returns the URL for that role. */
  newDatabase(name: string): Promise<string>
  /** Runs a statement as superuser; null where the server is away. */
  ask<Row extends object>(database: string, sql: string, values?: readonly unknown[]): Promise<Row[] | null>
  /** Calls `signal` on the first process of the server. */
  signal(name: NodeJS.Signals): void
  /** Ends it without a checkpoint, and starts it again. */
  crash(): Promise<void>
  /**
   * Starts a standby that replicates synchronously for so long, ends the primary without a checkpoint when `isHit` has
   * answered, and promotes the standby. Returns that answer, or null where the standby didn't catch up.
   */
  promoteStandby(followsMs: number, isHit: () => Promise<boolean>): Promise<boolean | null>
  /** How often the server has answered with each SQLSTATE. */
  states(): ReadonlyMap<string, number>
}

export const role = 'bridge'

/** So many times, 100 ms apart, a standby is asked whether it has caught up. */
const catchUpAttempts = 150

export async function openChaosServer(): Promise<ChaosServer> {
  const cluster = await makeCluster()
  const first = await startPostgres([], cluster)
  const parent = path.dirname(first.folder)
  const log = path.join(parent, 'server.log')
  const identity = process.getuid?.() === 0 ? await identityOf('postgres') : {}
  const start = { program: programOf(firstProcess(first.folder)), log, identity }
  let primary: ServerFiles = { folder: first.folder, port: await lastingPort() }
  let made = 0
  const urlOf = (database: string) => {
    return Object.assign(new URL(first.url), { port: String(primary.port), pathname: `/${database}` }).href
  }
  const ask: ChaosServer['ask'] = async (database, sql, values) => {
    const client = new pg.Client({
      connectionString: urlOf(database),
      connectionTimeoutMillis: 2_000,
      query_timeout: 20_000,
      application_name: 'chaos',
    })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(sql, values && [...values])).rows
    } catch {
      return null
    } finally {
      client.end().catch(() => {})
    }
  }
  const untilTrue = async (sql: string, attempts = Number.POSITIVE_INFINITY) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const [row] = (await ask<{ ok: boolean }>('postgres', sql)) ?? []
      if (row?.ok === true) return true
      await pause(100)
    }
    return false
  }
  const startStandby = async (): Promise<ServerFiles> => {
    made++
    const standby = { folder: path.join(parent, `data-${made}`), port: await lastingPort() }
    await endServer(primary.folder, 'SIGINT')
    await copyFiles(primary.folder, standby.folder)
    launch(start, primary)
    const { password } = new URL(first.url)
    const follow = `primary_conninfo=host=127.0.0.1 port=${primary.port} user=postgres password=${password}`
    launch(start, standby, ['-c', follow])
    return standby
  }
  // what has started it would read its log
  await endServer(primary.folder, 'SIGQUIT')
  launch(start, primary)
  await untilTrue('select true as ok')
  await ask('postgres', `create role ${role} login password '${role}'`)
  return {
    get port() {
      return primary.port
    },
    urlOf,
    ask,
    async newDatabase(name) {
      await ask('postgres', `create database ${name} owner ${role}`)
      return `postgres://${role}:${role}@127.0.0.1:${primary.port}/${name}`
    },
    signal: (name) => {
      process.kill(firstProcess(primary.folder), name)
    },
    async crash() {
      await endServer(primary.folder, 'SIGQUIT')
      launch(start, primary)
    },
    async promoteStandby(followsMs, isHit) {
      const standby = await startStandby()
      await untilTrue("select state = 'streaming' as ok from pg_stat_replication", catchUpAttempts)
      await ask('postgres', "alter system set synchronous_standby_names = '*'")
      await ask('postgres', 'select pg_reload_conf()')
      const hasAll =
        "select sync_state = 'sync' and flush_lsn >= pg_current_wal_flush_lsn() as ok from pg_stat_replication"
      const isSynchronous = await untilTrue(hasAll, catchUpAttempts)
      await pause(followsMs)
      const hit = isSynchronous ? await isHit() : null
      const [gone, next] = isSynchronous ? [primary, standby] : [standby, primary]
      await endServer(gone.folder, 'SIGQUIT')
      rmSync(gone.folder, { recursive: true })
      primary = next
      if (isSynchronous) await untilTrue('select pg_promote() as ok')
      else await ask('postgres', 'alter system reset synchronous_standby_names')
      await ask('postgres', 'select pg_reload_conf()')
      return hit
    },
    states: readStates(log),
    async [Symbol.asyncDispose]() {
      process.kill(firstProcess(primary.folder), 'SIGCONT')
      await endServer(primary.folder, 'SIGINT')
      rmSync(parent, { recursive: true, force: true })
      // what has started the first server looks into its folder
      mkdirSync(first.folder, { recursive: true })
      await cluster[Symbol.asyncDispose]()
    },
  }
}
