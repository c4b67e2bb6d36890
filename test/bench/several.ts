/**
 * What a second process of the receiver brings: requests of 512 spans from 16 senders to one process and to two, in turns. The
 * database has the first half of the cores and the receiver the others (`taskset`). Where these are fewer than two, each
 * process of the receiver gets 40 % of a core's time (cgroup's CPU quota, which takes root): what a second one brings is then
 * what locks and the database let it bring, as on a core of its own. Run by `npm run bench`.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { startReceiver } from './receiver.ts'
import { median, writeResult } from './results.ts'
import { sendAll } from './senders.ts'
import { openServer } from './server.ts'

const senders = 16
/** A multiple of the senders. */
const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const cores = os.availableParallelism()
const half = Math.floor(cores / 2)
const receiverCores = `${half}-${cores - 1}`
/** The share of a core that a process of the receiver has. */
const quota = cores >= 4 ? 1 : 0.4

await using server = await openServer()
pin(server.pid, `0-${half - 1}`)
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
  quota,
})

async function rateWith(processes: number, round: string): Promise<number> {
  const url = await server.newDatabase('bench_several')
  const receiver = await startReceiver({ DATABASE_URL: url, SPANLEDGER_PROCESSES: `${processes}` })
  pin(receiver.pid, receiverCores)
  const limited = processes === 1 ? [receiver.pid] : childrenOf(receiver.pid)
  const groups = quota < 1 ? limited.map((pid) => limitCpu(pid, quota)) : []
  await sendAll(receiver, idOnEverySpan, bodiesOfSenders(64, `w${round}`), senders)
  const bodies = bodiesOfSenders(requests, round)
  const start = performance.now()
  await sendAll(receiver, idOnEverySpan, bodies, senders)
  const rate = ((bodies.length * idOnEverySpan.spansPerRequest) / (performance.now() - start)) * 1000
  await receiver.stop()
  for (const group of groups) rmdirSync(group)
  return rate
}

/**
 * So many requests, of which each sender has its own traces, as an app has: the end of a trace that one request cuts comes with
 * the sender's next one, over the same connection.
 */
function bodiesOfSenders(count: number, round: string): readonly Uint8Array[] {
  const loads = Array.from({ length: senders }, (_, sender) =>
    encodedLoad(idOnEverySpan, count / senders, `${round} ${sender}`),
  )
  return Array.from({ length: count }, (_, i) => loads[i % senders]!.bodies[Math.floor(i / senders)]!)
}

/** Puts a process, its threads and its children on these cores; those that it starts later stay there. */
function pin(pid: number, list: string): void {
  for (const one of [pid, ...childrenOf(pid)])
    execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', list, `${one}`], { stdio: 'ignore' })
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** Gives a process a share of a core's time, in turns of 20 ms. Returns the folder of the group that the process is in. */
function limitCpu(pid: number, share: number): string {
  const [version1, version2] = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup']
  const isVersion1 = existsSync(`${version1}/cpu.cfs_quota_us`)
  const group = `${isVersion1 ? version1 : version2}/spanledger-bench-${pid}`
  const [period, used] = [20_000, 20_000 * share]
  mkdirSync(group)
  if (isVersion1) {
    writeFileSync(`${group}/cpu.cfs_period_us`, `${period}`)
    writeFileSync(`${group}/cpu.cfs_quota_us`, `${used}`)
  } else writeFileSync(`${group}/cpu.max`, `${used} ${period}`)
  writeFileSync(`${group}/cgroup.procs`, `${pid}`)
  return group
}
