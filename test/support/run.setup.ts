import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { dataFolder, removeLeftovers } from './data-folder.ts'
import { makeCluster, startPostgres, statement, withTables } from './postgres.ts'
import { buildProgram } from './program.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one PostgreSQL of a test run, its database `postgres`; `freshDatabase` makes others. */
    postgresUrl: string
    /** What `startPostgres` makes further servers of. */
    cluster: { readonly folder: string; readonly password: string }
    /** The built `cli.js`, which `runCommand` runs. */
    program: string
    /** A folder for what `madeOnce` makes; it goes with the run. */
    runFolder: string
  }
}

/** What all test files share; it ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made: AsyncDisposable[] = []
  const leave = async () => {
    for (const one of made.reverse()) await one[Symbol.asyncDispose]()
  }
  try {
    await removeLeftovers()
    const runFolder = await mkdtemp(path.join(dataFolder, 'spanledger-run-'))
    made.push({ [Symbol.asyncDispose]: () => rm(runFolder, { recursive: true, force: true }) })
    const building = buildProgram()
    const cluster = await makeCluster()
    made.push(cluster)
    // nothing in it outlives the run; and each `drop database` would wait until all else has reached the disk
    const server = await startPostgres(['-c', 'fsync=off'], cluster)
    made.push(server)
    await statement(server.url, `create database ${withTables}`)
    await makeTables(server.url.replace(/\w+$/, withTables))
    project.provide('postgresUrl', server.url)
    project.provide('cluster', { folder: cluster.folder, password: cluster.password })
    project.provide('program', await building)
    project.provide('runFolder', runFolder)
    return leave
  } catch (error) {
    await leave()
    throw error
  }
}

async function makeTables(url: string): Promise<void> {
  await using database = openPostgres({ url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  await migrate(database)
}
