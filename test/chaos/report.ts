import type { Effect } from './faults/effect.ts'
import type { Difference } from './oracle.ts'
import { type Fault, kinds, raised } from './plan.ts'
import type { Sent } from './senders.ts'
import type { World } from './world.ts'

/** What has happened in a run. */
export interface Outcome {
  readonly seed: number
  readonly minutes: number
  readonly done: { readonly fault: Fault; readonly effect: Effect }[]
  /** Broken promises, one a line. */
  readonly broken: string[]
  readonly drainedMs: number[]
  readonly embeddedSent: Sent
  readonly differences: Map<string, Difference>
  /** How often the laws were looked at. */
  checks: number
  /** The longest time without any acknowledgement. */
  longestStillMs?: number
}

/** Answers of the server that must have come up: those that were raised, and those of faults that end sessions. */
const states = [...raised, '25006', '53300', '57P01'] as const

/** Prints what has happened, the promises that were broken, and one line to quote. Returns whether all is well. */
export function report(world: World, outcome: Outcome): boolean {
  const { done, broken } = outcome
  const { sent } = world
  for (const kind of Object.keys(kinds)) {
    const some = done.filter(({ fault }) => fault.kind === kind)
    const hits = some.filter(({ effect }) => effect.hitTransaction).length
    const why = some.find(({ effect }) => effect.leftOut)?.effect.leftOut
    console.log(
      `  ${kind.padEnd(26)} ${String(some.length).padStart(4)}, ${hits} in a transaction${why ? `; left out: ${why}` : ''}`,
    )
    if (hits === 0 && some.length >= enoughToHit && why === undefined && !harmless.has(kind))
      broken.push(`no fault of the kind "${kind}" hit a transaction`)
  }
  const answered = world.server.states()
  console.log(
    `  SQLSTATEs: ${[...answered]
      .sort()
      .map(([state, count]) => `${state} ${count}`)
      .join(', ')}`,
  )
  for (const state of states) if (!answered.has(state)) broken.push(`the server never answered ${state}`)
  checkPaths(world, outcome)
  for (const line of broken.slice(0, 50)) console.log(`BROKEN: ${line}`)
  console.log(summary(world, outcome, sent))
  return broken.length === 0
}

/** Fewer faults of a kind may all find no transaction open, by chance; a short run has so few of most kinds. */
const enoughToHit = 5

/** Kinds that may find no transaction open, since they only make bridges slower or busier. */
const harmless: ReadonlySet<string> = new Set(['slow network', 'tables maintained', 'requests flooded'])

function checkPaths(world: World, { broken, differences, embeddedSent, checks }: Outcome): void {
  const { sent, bridges, embedded, taken, promotions } = world
  const all = [...bridges, embedded.bridge].map(({ tallies }) => tallies)
  const total = (name: 'duplicate' | 'givenBack' | 'unbalanced') => all.reduce((sum, one) => sum + one[name], 0)
  if (total('duplicate') === 0) broken.push('no resend found a duplicate')
  if (total('givenBack') === 0) broken.push('nothing was given back')
  if (total('unbalanced') > 0) broken.push(`${total('unbalanced')} requests whose outcomes don't add up`)
  if (sent.exported.length === 0) broken.push('no exporter of an SDK has exported')
  if (all.every(({ starts }) => starts[1] === 0)) broken.push('the other build was never started')
  if (taken.certificates === 0) broken.push('no new certificate was served by every bridge')
  if (taken.tokens === 0) broken.push('no new token was taken by every bridge')
  if (taken.keys === 0) broken.push('no JWT of a new key was taken by every bridge')
  if (taken.clientCas === 0) broken.push('no certificate of a new client CA was taken by every bridge')
  if (promotions === 0) broken.push('no standby was promoted')
  if (checks === 0) broken.push('the laws were never looked at')
  for (const { unexpected } of all) for (const line of unexpected) broken.push(`unexpected: ${line}`)
  for (const wrong of [...sent.wrong, ...embeddedSent.wrong]) broken.push(`a wrong answer: ${wrong}`)
  for (const [name, { missing, tooMuch }] of differences) {
    for (const line of missing.slice(0, 3)) broken.push(`${name}: missing ${line.slice(0, 400)}`)
    for (const line of tooMuch.slice(0, 3)) broken.push(`${name}: too much ${line.slice(0, 400)}`)
  }
}

function summary({ bridges }: World, outcome: Outcome, sent: Sent): string {
  const { seed, minutes, done, broken, drainedMs, differences, embeddedSent, longestStillMs = 0, checks } = outcome
  const rows = [...differences.values()]
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const done1 = done.filter(({ effect }) => effect.leftOut === undefined)
  const hits = done1.filter(({ effect }) => effect.hitTransaction).length
  const requests = sent.acknowledged.length + sent.exported.length + embeddedSent.acknowledged.length
  const kindsDone = new Set(done1.map(({ fault }) => fault.kind)).size
  return [
    `chaos: seed ${seed}, ${minutes} minutes, ${done1.length} faults of ${kindsDone} kinds, ${hits} in an open transaction`,
    `${requests} requests acknowledged after ${sent.again + embeddedSent.again} further attempts`,
    `${sum(rows.map(({ rows: n }) => n))} rows, ${sum(rows.map(({ missing }) => missing.length))} missing, ${sum(rows.map(({ tooMuch }) => tooMuch.length))} too much`,
    `laws looked at ${checks} times`,
    `drained within ${(Math.max(...drainedMs) / 1000).toFixed(1)} s`,
    `longest time without an acknowledgement ${(longestStillMs / 1000).toFixed(1)} s`,
    `at most ${Math.max(...bridges.map((bridge) => bridge.peakMb()))} MB a bridge`,
    broken.length === 0 ? 'nothing broken' : `${broken.length} BROKEN`,
  ].join('; ')
}
