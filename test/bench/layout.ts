/**
 * What partitions by month, and the search_path that each transaction sets, cost a span: `npm run bench:layout`. The same
 * spans are sent to tables as `migrate` makes them, to tables without partitions, and to a receiver whose transactions set
 * no search_path because the database has it; one after the other, BENCH_PAIRS times. BENCH_REQUESTS says how many requests
 * of 512 spans are sent each time, BENCH_SHAPE names another shape, BENCH_SMALL=1 sends one span a request.
 *
 * What is compared is CPU, not the rate: on a machine that others use, the rate says more about these.
 */

import { execFile } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { textTable } from '../../src/commands/formats/text-table.ts'
import { type Shape, shapes } from './load.ts'
import { measureReceiver, type ReceiverCost } from './pair.ts'
import { median } from './results.ts'
import { type BenchServer, openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 5)
const root = path.join(import.meta.dirname, '..', '..')
const builtCli = path.join(root, 'dist', 'cli.js')
const withoutPath = path.join(root, '.cache', 'without-path')

/** A layout that is compared with the first one. */
interface Layout {
  readonly name: string
  readonly prepare?: (url: string) => Promise<void>
  readonly cli?: string
}

const layouts: readonly Layout[] = [
  { name: 'as it is' },
  { name: 'without partitions', prepare: makePlainTables },
  { name: 'without setting search_path', prepare: setPathOfDatabase, cli: path.join(withoutPath, 'dist', 'cli.js') },
]

const named = shapes.find(({ name }) => name === (process.env.BENCH_SHAPE ?? 'id on every span'))!
const shape: Shape = process.env.BENCH_SMALL === '1' ? { ...named, spansPerRequest: 1 } : named
buildWithoutPath()
try {
  await using server = await openServer()
  await measure(server)
} finally {
  rmSync(withoutPath, { recursive: true })
}

async function measure(server: BenchServer): Promise<void> {
  const costs = layouts.map((): ReceiverCost[] => [])
  // the first round warms up
  for (let round = 0; round <= pairs; round++) {
    for (const [i, { name, prepare, cli }] of inTurn(layouts, round)) {
      const { cost } = await measureReceiver(server, shape, { requests, round: `${round}`, prepare, cli })
      console.log(`${round}: ${name}: ${figuresOf(cost).join(', ')}`)
      if (round > 0) costs[i]!.push(cost)
    }
  }
  const cpu = ({ receiverMicros, postgresMicros }: ReceiverCost) => receiverMicros + postgresMicros
  const ofFirst = (i: number, figure: (cost: ReceiverCost) => number) =>
    `${((median(costs[0]!.map((cost, pair) => figure(cost) / figure(costs[i]![pair]!))) - 1) * 100).toFixed(1)} %`
  const lines = layouts.map(({ name }, i) => [
    name,
    ...[0, 1, 2, 3].map((n) => median(costs[i]!.map((cost) => numbersOf(cost)[n]!)).toFixed(1)),
    ...(i === 0
      ? ['', '', '']
      : [ofFirst(i, cpu), ofFirst(i, (one) => one.postgresMicros), ofFirst(i, (one) => one.walBytes)]),
  ])
  const heads = ['receiver, µs', 'PostgreSQL, µs', 'both, µs', 'log, bytes']
  console.log(textTable([shape.name, ...heads, 'saves of both', 'of PostgreSQL', 'of the log'], lines))
}

/** The layouts with their numbers, each round beginning with another one. */
function inTurn<One>(list: readonly One[], round: number): [number, One][] {
  const numbered = list.map((one, i): [number, One] => [i, one])
  const first = round % list.length
  return [...numbered.slice(first), ...numbered.slice(0, first)]
}

function numbersOf({ receiverMicros, postgresMicros, walBytes }: ReceiverCost): number[] {
  return [receiverMicros, postgresMicros, receiverMicros + postgresMicros, walBytes]
}

function figuresOf(cost: ReceiverCost): string[] {
  return numbersOf(cost).map((number) => number.toFixed(1))
}

/** The plan of a migration makes tables that are not partitioned, as an earlier version did. */
async function makePlainTables(url: string): Promise<void> {
  await run(url, await spanledger(url, 'migrate', '--plan'))
}

async function setPathOfDatabase(url: string): Promise<void> {
  await spanledger(url, 'migrate')
  await run(url, `alter database ${new URL(url).pathname.slice(1)} set search_path = spanledger, public`)
}

async function spanledger(url: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url }
  const { stdout } = await promisify(execFile)(process.execPath, [builtCli, ...args], { env })
  return stdout
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** Copies this build, and lets its transactions begin without a search_path. */
function buildWithoutPath(): void {
  for (const part of ['dist', 'proto', 'package.json'])
    cpSync(path.join(root, part), path.join(withoutPath, part), { recursive: true })
  const file = path.join(withoutPath, 'dist', 'store', 'postgres', 'postgres.js')
  const before = readFileSync(file, 'utf8')
  const after = before.replace(/(synchronous_commit = on); \$\{searchPath\}/, '$1')
  if (after === before) throw new Error('the statement that begins a transaction is not where it was')
  writeFileSync(file, after)
}
