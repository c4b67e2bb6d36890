import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as agents from '../../../src/commands/look/agents.ts'
import * as cost from '../../../src/commands/look/cost.ts'
import * as tasks from '../../../src/commands/look/tasks.ts'
import * as tools from '../../../src/commands/look/tools.ts'
import { expectGolden, type InProcess, type Printed, printed } from '../../support/look.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { requestsOf } from '../../support/recordings.ts'
import { sendAll } from '../../support/send.ts'

const recordings = ['codex-exec', 'temporal-java-trip', 'claude-code-http', 'report-service-tier', 'report-promptflow']
const everything = { since: ['2020-01-01'], until: ['2030-01-01'] }

let database: TestDatabase
let settings: InProcess['settings']

beforeAll(async () => {
  database = await freshDatabase()
  settings = { DATABASE_URL: database.url }
  await using receiver = await openTestReceiver(database.url)
  for (const name of recordings) await sendAll(requestsOf(name), [receiver.http])
  await sendAll([unpricedRun(), uncountedRun()], [receiver.http])
})

afterAll(() => database[Symbol.asyncDispose]())

/** A run with a call of a model that no price list knows. */
function unpricedRun() {
  const [root, call] = smallRun('wf-unpriced', Date.parse('2026-11-28T10:00:00Z'))
  const traceId = 'ab'.repeat(16)
  const attributes = { ...call!.attributes, provider: 'acme', model: 'acme-9' }
  return tracesRequest([
    { ...root!, traceId, spanId: '0c'.repeat(8) },
    { ...call!, traceId, spanId: '1c'.repeat(8), parentSpanId: '0c'.repeat(8), attributes },
  ])
}

/** A run, before all others, with a call that was answered and of which nothing says what it used. */
function uncountedRun() {
  const [root, call] = smallRun('wf-uncounted', Date.parse('2019-06-01T10:00:00Z'))
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
    'gen_ai.response.id': 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
  }
  return tracesRequest([root!, { ...call!, attributes }])
}

const commands = { tasks, cost, tools, agents }
type Name = keyof typeof commands

function run(name: Name, how: Omit<InProcess, 'settings'> = {}): Promise<Printed> {
  return printed(commands[name], { ...how, settings })
}

describe.each(Object.keys(commands) as Name[])('spanledger %s', (name) => {
  test.each([80, 120, 200, null])('fits a terminal of %s columns; null: a pipe gets all, exactly', async (width) => {
    const { output, code } = await run(name, { width, options: everything })
    expectGolden(`${name}-${width ?? 'pipe'}`, output)
    expect(code).toBe(0)
  })

  test('--json has an object a row, with the names of --csv', async () => {
    const rows = JSON.parse((await run(name, { options: { ...everything, json: [] } })).output)
    const { output } = await run(name, { options: everything, switches: ['csv'] })
    expect(rows.length).toBeGreaterThan(1)
    expect(Object.keys(rows[0]).join()).toBe(output.split('\r\n')[0])
    expect(output.split('\r\n').length).toBeGreaterThanOrEqual(rows.length + 2)
  })

  test('says on standard error that there is nothing, and ends with 0', async () => {
    const nothing = await run(name, { options: { since: ['1999-01-01'], until: ['1999-01-02'] } })
    expect(nothing).toEqual({ code: 0, output: '', errors: expect.stringMatching(/^(There is no|No|Nothing) .*\n$/) })
  })
})

describe('spanledger cost', () => {
  const dimensions = ['model', 'provider', 'user', 'day', 'agent', 'mode', 'tenant', 'service-tier']

  test.each(dimensions)('by %s adds up to the sum of all calls, in nano-dollars', async (by) => {
    await using client = await connect(database.url)
    const { rows } = await client.query('select sum(cost_nano_usd)::text as nano from token_usage')
    // days of another zone than UTC are summed up over calls, days of UTC and users are those of the books
    for (const timezone of ['UTC', 'America/New_York']) {
      const { output } = await run('cost', { options: { ...everything, by: [by], timezone: [timezone], json: [] } })
      const lines = JSON.parse(output) as { readonly cost_nano_usd: string }[]
      expect(lines.reduce((sum, line) => sum + BigInt(line.cost_nano_usd), 0n)).toBe(BigInt(rows[0].nano))
    }
  })

  test('names what is unpriced, and marks the sums that lack it', async () => {
    const { output, errors } = await run('cost', { width: 120, options: everything })
    expect(errors).toMatch(/^Not in these costs: no price is known for \d+ calls? of .* \(\d+ tokens\)/)
    expect(output).toMatch(/^total .*\$[\d.]+\+/m)
  })

  test('names the calls of which nothing says what they used', async () => {
    const { output, errors } = await run('cost', { options: { since: ['2019-06-01'], until: ['2019-06-01'] } })
    expect({ output, errors }).toEqual({
      output: '',
      errors: 'Not in these costs: nothing says what 1 call of gpt-4o-mini-2024-07-18 used.\n',
    })
  })

  test('--compare has the period before, and what ended since', async () => {
    await using client = await connect(database.url)
    const { rows } = await client.query(
      "select (max(created_at at time zone 'UTC')::date)::text as day from token_usage",
    )
    const options = { since: [rows[0].day], until: [rows[0].day] }
    const { output } = await run('cost', { options: { ...options, json: [] }, switches: ['compare'] })
    const [line] = JSON.parse(output)
    expect(Object.keys(line)).toEqual(expect.arrayContaining(['previous_cost_usd', 'change_usd']))
    const after = { since: ['2027-01-01'], until: ['2038-01-01'], json: [] }
    const later = JSON.parse((await run('cost', { options: after, switches: ['compare'] })).output)
    expect(later.length).toBeGreaterThan(1)
    expect(later.every(({ change_usd: change }: { change_usd: string }) => /^(-|0\.0+$)/.test(change))).toBe(true)
  })

  test('more lines than the limit are summed up in one', async () => {
    const { output } = await run('cost', { width: 120, options: { ...everything, limit: ['1'] } })
    expect(output).toMatch(/^\d+ others /m)
  })

  test.each([
    [{ by: ['colour'] }, "--by can't be colour: it takes model, provider, user"],
    [{ json: ['colour'] }, 'there is no colour here. --json takes some of: model,calls'],
  ])('%j is refused with what is right', async (options, message) => {
    await expect(run('cost', { options })).rejects.toThrow(message)
  })
})

describe('spanledger tasks', () => {
  test('pages have every run once', async () => {
    const seen: string[] = []
    for (let after: string[] | undefined = []; after !== undefined; ) {
      const options: Record<string, string[]> = {
        limit: ['2'],
        json: ['workflow_id'],
        ...(after.length > 0 && { after }),
      }
      const { output, errors } = await run('tasks', { options })
      for (const { workflow_id: id } of JSON.parse(output)) seen.push(id)
      const [, next] = /--after (\S+)/.exec(errors) ?? []
      after = next === undefined ? undefined : [next]
    }
    await using client = await connect(database.url)
    const { rows } = await client.query('select workflow_id from task_executions')
    expect(seen.toSorted()).toEqual(rows.map(({ workflow_id: id }) => id).toSorted())
    expect(seen.length).toBeGreaterThan(4)
  })

  test.each(['status', 'user', 'session', 'model', 'mode'])('--%s keeps the runs that have it', async (name) => {
    const column = { status: 'status', user: 'user', session: 'session_id', model: 'model_used', mode: 'mode' }[name]!
    const all = JSON.parse((await run('tasks', { options: { ...everything, json: [] } })).output) as Row[]
    const value = all.map((row) => row[column]).find((one) => one !== null) ?? 'STANDARD'
    const kept = JSON.parse((await run('tasks', { options: { ...everything, [name]: [value], json: [] } })).output)
    expect(kept).toEqual(all.filter((row) => row[column] === value))
  })

  type Row = Readonly<Record<string, string>>
})
