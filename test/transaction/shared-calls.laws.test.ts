import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { freshPlace } from '../support/places.ts'
import { playReceivers } from '../support/play-receivers.ts'

const runs = Number(process.env.SPANLEDGER_PROPERTY_RUNS ?? 40)

/** Ids as providers draw them, an id that needs other evidence, and one that says nothing. */
const drawnIds: Readonly<Record<string, string>> = {
  r1: 'chatcmpl-CaXq9ZkT3mWv0bJr7NhUe2LsYdFiG',
  r2: 'gen-1700000000-abc-d7ed6b4f',
  c1: 'call_9fKq2ZxT7mWv0bJr3NhUe8Ls',
  c2: 'c2-bb2ba47a',
}

function drawn(id: string): string {
  return drawnIds[id] ?? id
}

/** The same facts with ids that several traces may have. Few of them name a workflow or agent. */
function withDrawnIds(facts: Facts): Facts {
  const { usage, tool, asks, answers } = facts
  return {
    ...facts,
    usage: usage && { ...usage, responseId: usage.responseId && drawn(usage.responseId) },
    tool: tool && { ...tool, callId: tool.callId && drawn(tool.callId) },
    asks: asks.map((ask) => ({ ...ask, callId: drawn(ask.callId) })),
    answers: answers.map((answer) => ({ ...answer, callId: drawn(answer.callId) })),
  }
}

/** What makes a trace a run of its own, in a set of which some traces have it and others not. */
function bare(facts: Facts, isBare: boolean): Facts {
  if (!isBare) return facts
  const kind = facts.kind === 'workflow' || facts.kind === 'task' || facts.kind === 'agent' ? 'llm' : facts.kind
  return { ...facts, kind, workflowId: null, agent: null, run: null }
}

/** The spans of the general sets, dealt to four traces, of which some are bare. */
const sets = fc
  .tuple(factSets, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.array(fc.nat(7), { minLength: 24 }))
  .map(([set, bareTraces, picks]) => {
    const own = [...new Set(set.map(({ trace }) => trace))]
    return set.map((facts, i) => {
      const pick = picks[i % picks.length]!
      const place = pick < 4 ? pick : own.indexOf(facts.trace) % 4
      return bare({ ...withDrawnIds(facts), trace: `${place}af7651916cd43dd8448eb211c80319c` }, bareTraces[place]!)
    })
  })

test('laws 2 and 4: one ledger of calls that several traces report, in any order, by two receivers at once', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const client = clientOf(database)
  const play = { database, memories: [0, 100_000], mayLoseText: '%' }
  let shared = 0
  await fc.assert(
    fc.asyncProperty(
      sets.chain((set) => fc.tuple(arrivals(set, 4), arrivals(set))),
      async ([one, other]) => {
        const ledger = await playReceivers(play, one)
        expect(await brokenSums(client)).toEqual([])
        const { rows } = await client.query('select from call_ids where shared like \'%,%"trace"%\'')
        shared += rows.length
        expect(await playReceivers(play, other)).toBe(ledger)
      },
    ),
    { numRuns: runs },
  )
  expect(shared).toBeGreaterThan(0)
})

test('law 4: sums are those of the rows after each transaction', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const client = clientOf(database)
  const afterEach = async () => expect(await brokenSums(client)).toEqual([])
  await fc.assert(
    fc.asyncProperty(
      sets.chain((set) => arrivals(set, 4)),
      async (batches) => {
        await playReceivers({ database, memories: [10], mayLoseText: '%', afterEach }, batches)
      },
    ),
    { numRuns: Math.ceil(runs / 4) },
  )
})
