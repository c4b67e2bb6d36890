import { expect, test } from 'vitest'
import { openQueue } from '../../src/queue/queue.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { failingFact } from '../../src/transaction/failing-fact.ts'
import { callFacts } from '../support/facts.ts'
import { brokenSums } from '../support/laws.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestWriter } from '../support/writer.ts'

const among = 40
const bad = new Set([3, 17, 18, 39])

/** Refuses rows of a table that have a bad workflow in them, without a name for the row. */
const refusing = (table: string) => `
  create function refuse() returns trigger language plpgsql as $$
  begin
    if new::text like '%refused-%' then raise exception 'refused' using errcode = '22P05'; end if;
    return new;
  end $$;
  create trigger refuse before insert or update on spanledger.${table} for each row execute function refuse();`

const cases = [
  ...['ledger', 'workflows'].map((table) => ({
    where: `written to ${table}`,
    before: refusing(table),
    facts: (number: number) => callFacts(number, bad.has(number) ? { workflow_id: `refused-${number}` } : {}),
  })),
  {
    where: 'read, by a NUL in the id of a trace',
    before: '',
    facts: (number: number) => {
      const facts = callFacts(number)
      return bad.has(number) ? { ...facts, trace: `${number}\u0000` } : facts
    },
  },
]

test.each(cases)(
  'law 7: values that the database refuses while the books are $where refuse their spans alone',
  async ({ before, facts: factsOf }) => {
    await using fresh = await freshDatabase()
    await using client = await connect(fresh.url)
    if (before !== '') await client.query(before)
    await using database = openPostgres({
      url: fresh.url,
      connections: 2,
      connectTimeoutMs: 60_000,
      description: 'test',
    })
    const queue = openQueue<string>({
      lanes: 2,
      factsPerLane: 128,
      maxBatchFacts: 2_048,
      maxWaitingFacts: 4_096,
      beginWithinMs: 300_000,
      retryPauseMs: () => 10,
      commit: openTestWriter(database),
      failing: failingFact,
      refused: () => 'refused',
    })
    const facts = Array.from({ length: among }, (_, number) => factsOf(number))
    const outcomes = await queue.submit(facts, '')
    expect(outcomes.flatMap((outcome, number) => (outcome === 'refused' ? [number] : []))).toEqual([...bad])
    const { rows } = await client.query('select count(*)::int as tasks from task_executions')
    expect(rows).toEqual([{ tasks: among - bad.size }])
    expect(await brokenSums(client)).toEqual([])
  },
)
