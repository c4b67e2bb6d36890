import path from 'node:path'
import { parseArgs } from 'node:util'
import { makeCluster, startPostgres, statement } from '../support/postgres.ts'
import { type Answers, longest, longGzip, overload, pipelined, type Target } from './abuses.ts'
import { startWatched } from './watched.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, only: { type: 'string' }, url: { type: 'string' } },
})
const forMs = 1000 * Number(values.seconds ?? 30)
const mostMb = 300
const longestAnswerMs = 4_500

const abuses: Readonly<Record<string, (target: Target) => Promise<Answers | number>>> = {
  '64 senders of 512 spans': (target) => overload(target, 64),
  '100 requests of 10 MiB in gzip': (target) => longGzip(target, 100),
  'one JSON of 63 MiB': (target) => longest({ ...target, forMs: 4 * forMs }, 'json'),
  'one protobuf of 63 MiB': (target) => longest({ ...target, forMs: 4 * forMs }, 'protobuf'),
  'a million empty requests': (target) => pipelined({ ...target, forMs: 20 * forMs }, 1_000_000),
}

process.exitCode = (await run()) ? 0 : 1

/** Tries each abuse on a receiver of its own, and prints a line for each. */
async function run(): Promise<boolean> {
  await using cluster = values.url === undefined ? await makeCluster() : null
  await using server = cluster && (await startPostgres([], cluster))
  const url = new URL(values.url ?? server!.url)
  let isWell = true
  for (const [index, [name, abuse]] of Object.entries(abuses).entries()) {
    if (!name.includes(values.only ?? '')) continue
    const database = `abuse_${index}`
    await statement(url.href, `drop database if exists ${database} with (force)`)
    await statement(url.href, `create database ${database}`)
    const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js')
    await using receiver = await startWatched(Object.assign(new URL(url), { pathname: database }).href, cli)
    const answers = await abuse({ http: receiver.http, forMs })
    const said = typeof answers === 'number' ? `${answers} answered` : textOf(answers)
    const [mb, workMs] = [receiver.mostMb(), receiver.longestWorkMs()]
    console.log(`${name}: ${said}; at most ${mb} MB; ${workMs} ms of work at a stretch`)
    isWell &&= mb < mostMb && (typeof answers === 'number' || answers.longestMs < longestAnswerMs)
  }
  return isWell
}

function textOf({ statuses, longestMs }: Answers): string {
  const counts = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  return `${counts}; an answer took ${(longestMs / 1000).toFixed(1)} s at most`
}
