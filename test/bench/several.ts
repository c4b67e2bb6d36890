/**
 * What a second process of the receiver brings: requests of 512 spans from 16 senders to one process and to two, in turns. On
 * a machine with four cores or more the database has the first half of them and the receiver the others (`taskset`). Run by
 * `npm run bench`.
 */

import { execFileSync } from 'node:child_process'
import os from 'node:os'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { startReceiver } from './receiver.ts'
import { median, writeResult } from './results.ts'
import { sendAll } from './senders.ts'
import { openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const cores = os.availableParallelism()
const isPinned = cores >= 4
const half = Math.floor(cores / 2)

await using server = await openServer()
if (isPinned) pin(server.pid, `0-${half - 1}`)
const rates = { one: [] as number[], two: [] as number[] }
// the first pair warms up
for (let pair = 0; pair <= pairs; pair++) {
  const [one, two] = [await rateWith(1, `1 ${pair}`), await rateWith(2, `2 ${pair}`)]
  console.log(`two processes against one: ${(two / one).toFixed(2)}, ${two.toFixed(0)} and ${one.toFixed(0)} spans/s`)
  if (pair === 0) continue
  rates.one.push(one)
  rates.two.push(two)
}
await writeResult('two processes', {
  ratio: median(rates.two) / median(rates.one),
  spansPerSecond: median(rates.two),
  cores,
})

async function rateWith(processes: number, round: string): Promise<number> {
  const url = await server.newDatabase('bench_several')
  const receiver = await startReceiver({ DATABASE_URL: url, SPANLEDGER_PROCESSES: `${processes}` })
  if (isPinned) pin(receiver.pid, `${half}-${cores - 1}`)
  await sendAll(receiver, idOnEverySpan, encodedLoad(idOnEverySpan, 64, `w${round}`).bodies, 16)
  const load = encodedLoad(idOnEverySpan, requests, round)
  const start = performance.now()
  await sendAll(receiver, idOnEverySpan, load.bodies, 16)
  const rate = (load.spans / (performance.now() - start)) * 1000
  await receiver.stop()
  return rate
}

/** Puts a process, its threads and its children on these cores; those that it starts later stay there. */
function pin(pid: number, list: string): void {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' }).split('\n')
  for (const one of [`${pid}`, ...children].map((text) => text.trim()).filter(Boolean))
    execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', list, one], { stdio: 'ignore' })
}
