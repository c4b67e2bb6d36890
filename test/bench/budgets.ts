/**
 * What budgets cost a receiver under full load: the same spans with and without `budgets`, in interleaved pairs, each from a
 * new receiver into a new database. `npm run bench:budgets`; BENCH_REQUESTS and BENCH_PAIRS say how much. The second after the
 * last acknowledgement counts too, in which the last check ends.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { textTable } from '../../src/commands/formats/text-table.ts'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { cpuMicros } from './processes.ts'
import { startReceiver } from './receiver.ts'
import { median, writeResult } from './results.ts'
import { sendAll } from './senders.ts'
import { openServer } from './server.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 80)
const pairs = Number(process.env.BENCH_PAIRS ?? 3)
const warmUpRequests = 16

/** A budget of every kind, for every value. */
const budgets = JSON.stringify(
  ['user', 'tenant', 'model', 'workflow_name'].map((per) => ({ name: `each-${per}`, per, period: 'day', usd: 5 })),
)

interface Cost {
  readonly spansPerSecond: number
  readonly receiverMicros: number
  readonly postgresMicros: number
}

await using server = await openServer()
const without: Cost[] = []
const having: Cost[] = []
for (let pair = 0; pair < pairs; pair++) {
  const order = pair % 2 === 0 ? ([false, true] as const) : ([true, false] as const)
  for (const hasBudgets of order) {
    const cost = await measure(hasBudgets, `${pair}`)
    console.log(`${hasBudgets ? 'with' : 'without'}: ${Object.values(cost).map(Math.round).join(', ')}`)
    ;(hasBudgets ? having : without).push(cost)
  }
}
const figures = (['spansPerSecond', 'receiverMicros', 'postgresMicros'] as const).map((name) => {
  const of = (costs: readonly Cost[]) => median(costs.map((cost) => cost[name]))
  return { name, without: of(without), having: of(having) }
})
await writeResult('budgets', Object.fromEntries(figures.map(({ name, without, having }) => [name, having / without])))
console.log(
  textTable(
    [`median of ${pairs}`, 'without', 'with'],
    figures.map(({ name, without, having }) => [name, without.toFixed(0), having.toFixed(0)]),
  ),
)

async function measure(hasBudgets: boolean, round: string): Promise<Cost> {
  const url = await server.newDatabase('bench_budgets')
  const receiver = await startReceiver({ DATABASE_URL: url, ...(hasBudgets ? { SPANLEDGER_BUDGETS: budgets } : {}) })
  await sendAll(receiver, idOnEverySpan, encodedLoad(idOnEverySpan, warmUpRequests, `w${round}`).bodies)
  const { bodies, spans } = encodedLoad(idOnEverySpan, requests, round)
  const [cpuBefore, before, start] = [cpuMicros(receiver.pid), await server.usage(), performance.now()]
  await sendAll(receiver, idOnEverySpan, bodies)
  const milliseconds = performance.now() - start
  await pause(1000)
  const [cpuAfter, after] = [cpuMicros(receiver.pid), await server.usage()]
  await receiver.stop()
  return {
    spansPerSecond: (spans / milliseconds) * 1000,
    receiverMicros: (cpuAfter - cpuBefore) / spans,
    postgresMicros: (after.cpuMicros - before.cpuMicros) / spans,
  }
}
