import { execFile, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { makeCluster, startPostgres, type TestPostgres } from '../support/postgres.ts'

const run = promisify(execFile)

/** The PostgreSQL of the run. The bridges connect as a role that is no superuser, through proxies. */
export interface ChaosServer extends AsyncDisposable {
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
  /** How often the server has answered with each SQLSTATE. */
  states(): ReadonlyMap<string, number>
}

export const role = 'bridge'

export async function openChaosServer(): Promise<ChaosServer> {
  const cluster = await makeCluster()
  const server = await startPostgres([], cluster)
  // what has started it would read its log
  await crashAndStart(server)
  const admin = new URL(server.url)
  const urlOf = (database: string) => Object.assign(new URL(admin), { pathname: `/${database}` }).href
  const states = statesOf(logOf(server))
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
  while ((await ask('postgres', 'select 1')) === null) await pause(50)
  await ask('postgres', `create role ${role} login password '${role}'`)
  return {
    port: server.port,
    urlOf,
    ask,
    async newDatabase(name) {
      await ask('postgres', `create database ${name} owner ${role}`)
      return `postgres://${role}:${role}@127.0.0.1:${server.port}/${name}`
    },
    signal: (name) => {
      process.kill(firstProcess(server), name)
    },
    crash: () => crashAndStart(server),
    states,
    async [Symbol.asyncDispose]() {
      await stop(server)
      await cluster[Symbol.asyncDispose]()
    },
  }
}

function logOf({ folder }: TestPostgres): string {
  return path.join(path.dirname(folder), 'server.log')
}

function firstProcess({ folder }: TestPostgres): number {
  return Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** The server is started by its own program again: the one that had started it doesn't know of it. */
async function crashAndStart(server: TestPostgres): Promise<void> {
  const pid = firstProcess(server)
  const program = readlinkOf(pid)
  process.kill(pid, 'SIGQUIT')
  while (isAlive(pid)) await pause(20)
  const own = ['-D', server.folder, '-p', String(server.port), '-c', 'listen_addresses=127.0.0.1']
  const logged = ['-c', 'log_line_prefix=%e ', '-c', 'log_min_messages=error']
  const flags = ['-c', 'unix_socket_directories=', '-c', 'max_connections=200', '-c', 'fsync=off', ...logged]
  const identity = process.getuid?.() === 0 ? await identityOf('postgres') : {}
  const log = openSync(logOf(server), 'a')
  spawn(program, [...own, ...flags], { stdio: ['ignore', 'ignore', log], detached: true, ...identity }).unref()
  closeSync(log)
}

let program = ''

/** The path of the running program, which is the same for each start. */
function readlinkOf(pid: number): string {
  if (program === '') program = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!
  return program
}

async function identityOf(user: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, user])).stdout))
  return { uid: Number(uid), gid: Number(gid) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function stop(server: TestPostgres): Promise<void> {
  const pid = firstProcess(server)
  process.kill(pid, 'SIGCONT')
  process.kill(pid, 'SIGINT')
  while (isAlive(pid)) await pause(50)
  // what has started it believes that it still runs
  writeFileSync(path.join(server.folder, 'postmaster.pid'), '')
}

/** Reads what has been added to the log since the last call. */
function statesOf(file: string): () => ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  let at = 0
  let rest = ''
  return () => {
    const descriptor = openSync(file, 'r')
    const added = Buffer.alloc(fstatSync(descriptor).size - at)
    readSync(descriptor, added, 0, added.length, at)
    closeSync(descriptor)
    at += added.length
    const lines = (rest + added.toString('latin1')).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const [, state] = /^([0-9A-Z]{5}) (?:ERROR|FATAL|PANIC):/.exec(line) ?? []
      if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1)
    }
    return counts
  }
}
