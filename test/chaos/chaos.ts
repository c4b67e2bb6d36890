import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clientOf, openFolder } from '../support/embedded.ts'
import { dumpLedger } from '../support/ledger.ts'
import { randomNumbers } from '../support/replay.ts'
import { findBuilds } from './builds.ts'
import type { Effect } from './faults/effect.ts'
import { applyFault } from './faults.ts'
import { recordedRequests, runs } from './material.ts'
import { brokenLaws, compareWithFaultless, withClient } from './oracle.ts'
import { type Fault, planOf } from './plan.ts'
import { type Outcome, report } from './report.ts'
import {
  exporters,
  exportSpans,
  overGrpc,
  overHttp,
  type Sending,
  sendImpatiently,
  sendRequests,
  sendRuns,
} from './senders.ts'
import { nothingSent, openWorld, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    faults: { type: 'string' },
    other: { type: 'string' },
    without: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
const minutes = Number(values.minutes ?? 2)
const count = Number(values.faults ?? Math.round(40 * minutes))
const drainMs = 60_000

process.exitCode = (await run()) ? 0 : 1

/** Safety: faults overlap while everything is sent. Liveness, in between: all that was sent is acknowledged within a minute. */
async function run(): Promise<boolean> {
  console.log(`chaos --seed ${seed} --minutes ${minutes} --faults ${count}`)
  using builds = await findBuilds(values.other)
  console.log(`another build beside this one: ${builds.other}`)
  if (values.without) console.log(`without recordings of ${values.without}`)
  await using world = await openWorld(builds.programs)
  const plan = planOf(seed, count)
  const phases = Math.max(2, Math.min(5, Math.round(minutes / 5)))
  const outcome: Outcome = {
    seed,
    minutes,
    done: [],
    broken: [],
    drainedMs: [],
    embeddedSent: nothingSent(),
    differences: new Map(),
    checks: 0,
  }
  const startedMs = Date.now()
  const material = {
    recorded: recordedRequests(seed, values.without),
    runs: Array.from({ length: 5 }, (_, i) => runs(seed + i, startedMs - 3_600_000, `run-${i}`)),
    embedded: runs(seed + 99, startedMs - 3_600_000, 'embedded'),
  }
  const watching = watchLaws(world, outcome)
  for (let phase = 0; phase < phases; phase++) {
    const senders = startSenders(world, outcome, material, phase)
    const ofPhase = [...plan.values()].map((faults) => faults.filter((_, i) => i % phases === phase))
    await Promise.all(ofPhase.map((faults) => runLane(world, outcome, faults, (minutes * 60_000) / phases)))
    await drain(world, outcome, senders)
    console.log(
      `phase ${phase + 1} of ${phases}: ${outcome.done.length} faults, ${world.sent.acknowledged.length} requests acknowledged, drained within ${outcome.drainedMs.at(-1)} ms`,
    )
  }
  watching.stop()
  await compare(world, outcome)
  return report(world, outcome)
}

/** Does faults one after the other, spread over so many milliseconds. */
async function runLane(world: World, { done }: Outcome, faults: readonly Fault[], lastsMs: number): Promise<void> {
  const startedMs = Date.now()
  for (const [index, fault] of faults.entries()) {
    await pause(Math.max(0, startedMs + (index * lastsMs) / faults.length - Date.now()))
    const effect = await applyFault(world, fault).catch((error: unknown): Effect => {
      return { hitTransaction: false, leftOut: String(error) }
    })
    done.push({ fault, effect })
  }
}

interface Senders {
  readonly sendings: readonly Sending[]
  readonly ended: Promise<unknown>
}

function startSenders(
  { bridges, sent, embedded }: World,
  { embeddedSent }: Outcome,
  material: {
    recorded: ReturnType<typeof recordedRequests>
    runs: ReturnType<typeof runs>[]
    embedded: ReturnType<typeof runs>
  },
  phase: number,
): Senders {
  const sending: Sending = { bridges, sent, random: randomNumbers(seed + phase), stopping: false, restMs: 400 }
  const toEmbedded: Sending = { ...sending, bridges: [embedded.bridge], sent: embeddedSent }
  const [a, b, c, d, e] = material.runs
  const ended = Promise.all([
    sendRuns(overHttp, a!, sending),
    sendRuns(overHttp, b!, sending),
    sendRuns(overGrpc, c!, sending),
    sendRuns(overGrpc, d!, sending),
    sendImpatiently(overHttp, e!, sending),
    sendRequests(overHttp, material.recorded, sending),
    sendRequests(overGrpc, material.recorded, sending),
    ...exporters.map((exporter, i) => exportSpans(exporter, `sdk-${phase}-${i}`, sending)),
    sendRuns(overHttp, material.embedded, toEmbedded),
  ])
  return { sendings: [sending, toEmbedded], ended }
}

/** No new faults, but two that stay: one bridge is dead, and the network of the other is slow. */
async function drain(
  { bridges, proxies }: World,
  { drainedMs, broken }: Outcome,
  { sendings, ended }: Senders,
): Promise<void> {
  await bridges[1]!.kill()
  proxies[0]!.delay(20)
  const startedMs = Date.now()
  for (const sending of sendings) sending.stopping = true
  const inTime = await Promise.race([ended.then(() => true), pause(drainMs, false, { ref: false })])
  if (!inTime) {
    broken.push(`not all was acknowledged within ${drainMs} ms of the last fault`)
  }
  drainedMs.push(Date.now() - startedMs)
  proxies[0]!.delay(0)
  await bridges[1]!.start()
  await ended
}

/** Asks the database every other second for what breaks the laws. */
function watchLaws({ server, database, sent }: World, outcome: Outcome): { stop(): void } {
  let isStopped = false
  let [acknowledged, sinceMs] = [0, Date.now()]
  const timer = setInterval(() => {
    const now = sent.acknowledged.length + sent.exported.length
    if (now > acknowledged) [acknowledged, sinceMs] = [now, Date.now()]
    outcome.longestStillMs = Math.max(outcome.longestStillMs ?? 0, Date.now() - sinceMs)
  }, 50)
  const watch = async () => {
    while (!isStopped) {
      const startedMs = Date.now()
      const found = await brokenLaws(server.urlOf(database))
      if (found !== null) outcome.checks++
      for (const one of found ?? []) outcome.broken.push(JSON.stringify(one))
      // no more than a tenth of the server's time
      await pause(2_000 + 10 * (Date.now() - startedMs), null, { ref: false })
    }
  }
  watch()
  return {
    stop: () => {
      isStopped = true
      clearInterval(timer)
    },
  }
}

async function compare(world: World, outcome: Outcome): Promise<void> {
  const { server, database, sent, embedded, programs, security } = world
  const ledger = await withClient(server.urlOf(database), (client) => dumpLedger(client))
  const faultless = { server, programs, security }
  const { differences, embeddedSent } = outcome
  differences.set('PostgreSQL', await compareWithFaultless({ ...faultless, name: 'faultless' }, ledger, sent))
  await using owned = await openFolder(`${embedded.folder}/data`)
  const ofEmbedded = await dumpLedger(clientOf(owned))
  const again = { ...faultless, name: 'faultless_embedded' }
  differences.set('embedded', await compareWithFaultless(again, ofEmbedded, embeddedSent))
}
