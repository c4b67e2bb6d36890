import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { makeTables } from '../fixture.ts'

const run = promisify(execFile)
const app = path.join(import.meta.dirname, '..', 'apps', 'traced.ts')

/** The scope and name of each span, and the number of spans after the app had ended its own. */
interface Seen {
  readonly names: readonly string[]
  readonly later: number
}

/** Runs an app in a process of its own, because instrumentations are registered for a whole process. */
async function spansOf(manager: 'manager' | 'none'): Promise<Seen> {
  await using database = await freshDatabase()
  await makeTables(database.url)
  const { stdout } = await run(process.execPath, ['--import', 'tsx', app, manager, database.url])
  await using client = await connect(database.url)
  const { rows } = await client.query(
    "select count(*)::int as n from task_executions where workflow_id like 'traced-%'",
  )
  expect(rows).toEqual([{ n: 5 }])
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

describe('an app whose pg, net and dns are instrumented', () => {
  test('E15 E18: has spans of its own queries and none of the exporter’s', async () => {
    const { names, later } = await spansOf('manager')
    expect(later).toBe(0)
    expect(names.filter((name) => name.startsWith('app '))).toHaveLength(5)
    // E19: the exporter was imported before the instrumentation, which wraps the app's driver nevertheless
    expect(names.filter((name) => name.startsWith('pg '))).toEqual(['pg pg.connect', 'pg pg.query:SELECT postgres'])
    expect(names.filter((name) => name.startsWith('net ')).length).toBeLessThanOrEqual(2)
  })

  test('E17: without a context manager does not export the exporter’s own spans for ever', async () => {
    const { names, later } = await spansOf('none')
    expect(names.filter((name) => name.startsWith('app '))).toHaveLength(5)
    expect(names.filter((name) => name.startsWith('pg ')).length, 'its queries are seen').toBeGreaterThan(20)
    expect(later, 'but not exported').toBe(0)
  })
})
