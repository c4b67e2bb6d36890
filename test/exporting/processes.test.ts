import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { PostgresSpanExporter } from '../../src/exporter.ts'
import { hasBouncer, startBouncer } from '../support/bouncer.ts'
import { brokenSums } from '../support/laws.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { exported, makeTables, patient, runOf, until } from './fixture.ts'

const run = promisify(execFile)
const app = (name: string, url: string) => ['--import', 'tsx', path.join(import.meta.dirname, 'apps', name), url]

let url: string

beforeAll(async () => {
  const database = await freshDatabase()
  url = database.url
  await makeTables(url)
  return () => database[Symbol.asyncDispose]()
})

async function tasks(like: string): Promise<number> {
  await using client = await connect(url)
  const { rows } = await client.query('select count(*)::int as n from task_executions where workflow_id like $1', [
    like,
  ])
  return rows[0].n
}

test('E13: a process that does not shut its exporter down ends by itself, at once', async () => {
  const { stdout } = await run(process.execPath, app('exits.ts', url))
  const { code, seconds } = JSON.parse(stdout)
  expect(code).toBe(0)
  // A connection or timer of the exporter that held the process would hold it for at least ten.
  expect(seconds).toBeLessThan(5)
  expect(await tasks('exits')).toBe(1)
})

test('law 1: acknowledged exports survive kill -9, and no export is stored by halves', async () => {
  const child = spawn(process.execPath, app('dies.ts', url), { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  await until('some are acknowledged', () => output.split('\n').length > 10)
  child.kill('SIGKILL')
  await once(child, 'close')
  const acknowledged = Number(output.trim().split('\n').at(-1))
  const there = await tasks('dies-%')
  await using client = await connect(url)
  expect(await brokenSums(client)).toEqual([])
  expect(there).toBeGreaterThanOrEqual(acknowledged)
  expect(there % 3, 'a batch is stored whole or not at all').toBe(0)
  expect(there - acknowledged, 'only what was in flight is in doubt').toBeLessThanOrEqual(3)
})

test('E40: worker threads export beside the main thread', async () => {
  // The loader of TypeScript doesn't reach worker threads, so the worker's code is bundled.
  const { build } = await import('esbuild')
  const outfile = path.join(import.meta.dirname, 'apps', `worker-${process.pid}.mjs`)
  onTestFinished(() => rmSync(outfile, { force: true }))
  await build({
    entryPoints: [path.join(import.meta.dirname, 'apps', 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    plugins: [(await import('../package/sql-as-text.ts')).sqlAsText()],
    logLevel: 'error',
  })
  await run(process.execPath, [outfile, url])
  expect([await tasks('main-%'), await tasks('worker-%')]).toEqual([20, 20])
})

test.skipIf(!hasBouncer)('E41: exports go through PgBouncer in transaction mode', async () => {
  await using through = await startBouncer(url)
  const exporter = new PostgresSpanExporter({ connectionString: through.url, ...patient, poolSize: 4 })
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => exported(exporter, runOf(`bounced-${i}`))))
  await exporter.shutdown()
  expect(results).toEqual(Array.from({ length: 20 }, () => ({ code: 0 })))
  expect(await tasks('bounced-%')).toBe(20)
})
