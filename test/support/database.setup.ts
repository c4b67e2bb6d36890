import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one PostgreSQL of a test run, its database `postgres`; `freshDatabase` makes others. */
    postgresUrl: string
  }
}

/** One real PostgreSQL for all test files; it ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgresUrl', server.url)
  return async () => server[Symbol.asyncDispose]()
}
