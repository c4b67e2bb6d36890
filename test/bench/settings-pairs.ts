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

/** What a span costs, in microseconds of CPU, and how many are stored in a second. */
interface Cost {
  readonly spansPerSecond: number
  readonly receiverMicros: number
  readonly postgresMicros: number
}

/**
 * Measures what settings cost a receiver under full load: the same spans with and without them, in interleaved pairs, each
 * from a new receiver into a new database; BENCH_REQUESTS and BENCH_PAIRS say how much. The second after the last
 * acknowledgement counts too, in which what the receiver does beside requests ends. Prints the medians, and keeps under
 * `name` the figures with the settings as shares of those without.
 */
export async function compareSettings(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
  await using server = await openServer()
  const measure = async (own: Readonly<Record<string, string>>, round: string): Promise<Cost> => {
    const url = await server.newDatabase(`bench_${name}`)
    const receiver = await startReceiver({ DATABASE_URL: url, ...own })
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
  const without: Cost[] = []
  const having: Cost[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? ([false, true] as const) : ([true, false] as const)
    for (const hasSettings of order) {
      const cost = await measure(hasSettings ? settings : {}, `${pair}`)
      console.log(`${hasSettings ? 'with' : 'without'}: ${Object.values(cost).map(Math.round).join(', ')}`)
      ;(hasSettings ? having : without).push(cost)
    }
  }
  const figures = (['spansPerSecond', 'receiverMicros', 'postgresMicros'] as const).map((figure) => {
    const of = (costs: readonly Cost[]) => median(costs.map((cost) => cost[figure]))
    return { figure, without: of(without), having: of(having) }
  })
  await writeResult(name, Object.fromEntries(figures.map(({ figure, without, having }) => [figure, having / without])))
  console.log(
    textTable(
      [`median of ${pairs}`, 'without', 'with'],
      figures.map(({ figure, without, having }) => [figure, without.toFixed(0), having.toFixed(0)]),
    ),
  )
}
