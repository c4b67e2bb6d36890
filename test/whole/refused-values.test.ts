import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { failingFact } from '../../src/transaction/failing-fact.ts'
import { callFacts, chosen } from '../support/facts.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestWriter } from '../support/writer.ts'

// A column that is shorter than ours is filled by INSERT with a cast, not by COPY: PostgreSQL names no row then.
const unnamed = `
  alter table token_usage alter column model type varchar(20);
  alter table token_usage add constraint no_bad check (model <> 'bad')`

const among = 4_096
const cases = [
  { count: 5, where: 'here and there', bad: chosen(5, among) },
  { count: 500, where: 'in a row', bad: new Set(Array.from({ length: 500 }, (_, i) => 1_000 + i)) },
]

test.each(cases)(
  'law 7: $count bad facts among 4,096, $where, that PostgreSQL refuses without naming them',
  async ({ count, bad }) => {
    await using fresh = await freshDatabase()
    await using client = await connect(fresh.url)
    await using database = openPostgres({
      url: fresh.url,
      connections: 2,
      connectTimeoutMs: 60_000,
      description: 'test',
    })
    await migrate(database)
    await client.query(unnamed)
    const queue = openQueue<string>({
      lanes: 2,
      factsPerLane: 128,
      maxBatchFacts: 2_048,
      maxWaitingFacts: among,
      beginWithinMs: 300_000,
      retryPauseMs: () => 150,
      commit: openTestWriter(database),
      failing: failingFact,
      refused: () => 'refused',
    })
    const facts = Array.from({ length: among }, (_, number) =>
      callFacts(number, bad.has(number) ? { 'gen_ai.request.model': 'bad' } : {}),
    )
    let outcomes: string[] = []
    while (outcomes.length === 0) {
      outcomes = await queue.submit(facts, '').catch((error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable)
        return []
      })
    }
    expect(facts.filter((_, number) => bad.has(number) !== (outcomes[number] === 'refused'))).toEqual([])
    const { rows } = await client.query(
      "select count(*)::int as tasks, (select count(*)::int from token_usage where model = 'gpt-4o') as calls from task_executions",
    )
    expect(rows).toEqual([{ tasks: among - count, calls: among - count }])
  },
)
