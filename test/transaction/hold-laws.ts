import fc from 'fast-check'
import { expect } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import type { Database } from '../../src/store/database.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { byStart, judge, lesserTwins } from '../settle/oracle.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { playReceivers } from '../support/play-receivers.ts'
import { propertyRuns } from '../support/property-runs.ts'

/** The usage rows that the rules want, workflow by workflow. */
function wanted(set: readonly Facts[]): Record<string, number> {
  const traces = [...new Set(set.map((facts) => facts.trace))]
  const counted = traces
    .flatMap((trace) => judge(set.filter((one) => one.trace === trace)) ?? [])
    .filter((one) => one.counts)
  const sums: Record<string, number> = {}
  for (const workflow of new Set(counted.map((one) => one.workflow))) {
    const mine = counted.filter((one) => one.workflow === workflow).map(({ report }) => report)
    const calls = mine.filter(({ usage }) => usage!.elsewhere && usage!.role === 'call').sort(byStart)
    const lesser = lesserTwins(calls)
    const tokens = mine.filter((facts) => !lesser.has(facts)).map(({ usage }) => usage!.prompt + usage!.completion)
    sums[workflow] = tokens.reduce((a, b) => a + b, 0)
  }
  return sums
}

/**
 * Two tenants have the same spans, each in its own order and batches: each has the one ledger, and its sums add up.
 * `runs`: how many sets of spans that are by default.
 */
export async function holdLaws(
  tenants: readonly [Database, Database],
  memories: readonly number[],
  runs = 25,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      factSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set), arrivals(set))),
      async ([set, one, other]) => {
        const play = (database: Database, batches: readonly (readonly Facts[])[]) =>
          playReceivers({ database, memories, mayLoseText: 'tool.%' }, batches)
        const [ledger, same] = await Promise.all([play(tenants[0], one), play(tenants[1], other)])
        expect(same).toBe(ledger)
        for (const client of tenants.map(clientOf)) {
          expect(await brokenSums(client)).toEqual([])
          const { rows } = await client.query<{ workflow_id: string; sum: number }>(
            'select workflow_id, total_tokens as sum from task_executions where total_tokens > 0',
          )
          expect(Object.fromEntries(rows.map(({ workflow_id, sum }) => [workflow_id, sum]))).toEqual(wanted(set))
        }
      },
    ),
    { numRuns: propertyRuns(runs) },
  )
}
