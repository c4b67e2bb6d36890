import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as tail from '../../../src/commands/look/tail.ts'
import * as task from '../../../src/commands/look/task.ts'
import { outcomeOf } from '../../support/command.ts'
import { freshTables } from '../../support/embedded.ts'
import { expectGolden, type InProcess, printed } from '../../support/look.ts'
import { type SpanSketch, smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { requestsOf } from '../../support/recordings.ts'
import { sendAll } from '../../support/send.ts'

const session = '8ea286bf-39ab-4dbf-ad04-e759be3978aa'

let database: TestDatabase
let settings: InProcess['settings']

beforeAll(async () => {
  database = await freshDatabase()
  settings = { DATABASE_URL: database.url }
  await using receiver = await openTestReceiver(database.url)
  for (const name of ['claude-code-http', 'temporal-java-trip', 'report-gateway-second-trace'])
    await sendAll(requestsOf(name), [receiver.http])
})

afterAll(() => database[Symbol.asyncDispose]())

describe('spanledger task', () => {
  test.each([80, 120, 200, null])('on %s columns; null: a pipe', async (width) => {
    const { output } = await printed(task, { args: [session], settings, width })
    // the time of arrival is the only value that differs from run to run
    expectGolden(`task-${width ?? 'pipe'}`, output.replace(/(?<=^created_at\t).*/m, '…'))
  })

  test('what does not count is grey, with its reason below it', async () => {
    const { output } = await printed(task, { args: [session], settings, width: 160, colors: true })
    const visible = output.replaceAll('\u001b', '^')
    expect(visible).toMatch(/\^\[90m[│ ]+4215 \+ 41 tokens, doesn't count: "claude_code\.llm_request" .*\^\[39m\n/)
    expect(visible).toMatch(/\^\[32mCOMPLETED\^\[39m in 569ms\n/)
  })

  test('the costs of its spans are the cost of the run, by the id of the workflow, of the task and of the trace', async () => {
    await using client = await connect(database.url)
    const { rows } = await client.query(
      `select t.workflow_id, t.id, t.total_cost_nano_usd::text as nano, min(u.trace_id) as trace
       from task_executions t join token_usage u on u.task_id = t.id group by 1, 2, 3 order by 1`,
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const { workflow_id: workflow, id, nano, trace } of rows) {
      const shown = async (of: string) => {
        const { output } = await printed(task, { args: [of], settings, options: { json: [] } })
        const parsed = JSON.parse(output) as Shown | Shown[]
        return [parsed].flat().find((one) => one.workflow_id === workflow)!
      }
      const byWorkflow = await shown(workflow)
      const costs = byWorkflow.spans.flatMap(({ cost_nano_usd: cost }) => cost ?? [])
      expect(costs.reduce((sum, cost) => sum + BigInt(cost), 0n).toString()).toBe(nano)
      expect(byWorkflow.total_cost_nano_usd).toBe(nano)
      expect(await shown(id)).toEqual(byWorkflow)
      if (/^[0-9a-f]{32}$/.test(trace) && workflow !== session)
        expect(await shown(trace)).toMatchObject({ workflow_id: workflow })
    }
  })

  interface Shown {
    readonly workflow_id: string
    readonly total_cost_nano_usd: string
    readonly spans: readonly { readonly cost_nano_usd: string | null }[]
  }

  test('an id of which nothing is known ends with 1', async () => {
    const { code, errors } = await printed(task, { args: ['nowhere'], settings })
    expect(errors).toMatch(/^Nothing is known of nowhere in /)
    expect(code).toBe(1)
  })
})

describe('spanledger tail', () => {
  test.each([80, 120, 200, null])('on %s columns; null: a pipe', async (width) => {
    const { output } = await printed(tail, { args: ['trip-java-trip-4k9z'], settings, width })
    expectGolden(`tail-${width ?? 'pipe'}`, output)
  })

  test('goes on after the event that it is told, and ends with the run', async () => {
    const events = async (after: string) => {
      const { output } = await printed(tail, { args: [session], settings, options: { json: [], after: [after] } })
      return output.split('\n').filter(Boolean)
    }
    const all = await events('0')
    const { seq } = JSON.parse(all[2]!) as { readonly seq: string }
    expect(await events(seq)).toEqual(all.slice(3))
    expect(all.length).toBeGreaterThan(5)
  })

  test('--exit-status ends with the outcome of the run', async () => {
    await using client = await connect(database.url)
    const { rows } = await client.query("select workflow_id from task_executions where status = 'COMPLETED' limit 1")
    const how = { args: [rows[0].workflow_id], settings, switches: ['exit-status'] }
    expect(await printed(tail, how)).toMatchObject({ code: 0, errors: expect.stringMatching(/^The run is COMPLETED/) })
    await client.query("update task_executions set status = 'FAILED' where workflow_id = $1", how.args)
    expect(await printed(tail, how)).toMatchObject({ code: 1 })
    await client.query("update task_executions set status = 'COMPLETED' where workflow_id = $1", how.args)
  })

  test('shows a run live until it ends, each event once, and so do those of all runs, while spans are committed', async () => {
    await using own = await freshDatabase()
    await using receiver = await openTestReceiver(own.url)
    const here = { DATABASE_URL: own.url }
    const closed = new AbortController()
    let isSeen = () => {}
    const seen = new Promise<void>((resolve) => (isSeen = resolve))
    const live = printed(tail, {
      args: ['wf-live'],
      switches: ['wait'],
      settings: here,
      options: { json: [] },
      onWrite: isSeen,
    })
    const everywhere = printed(tail, {
      settings: here,
      options: { json: [] },
      closed: closed.signal,
      onWrite: (output) => {
        if (/task\.completed/.test(output)) closed.abort()
      },
    })
    const [root, call] = smallRun('wf-live') as [SpanSketch, SpanSketch]
    await sendAll(
      [tracesRequest([{ ...call, attributes: { ...call.attributes, workflow_id: 'wf-live' } }])],
      [receiver.http],
    )
    await seen
    await sendAll([tracesRequest([root])], [receiver.http])
    const types = ({ output }: { readonly output: string }) =>
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).seq as string)
    await using client = await connect(own.url)
    const numbers = async () =>
      (await client.query('select seq from event_logs order by seq')).rows.map(({ seq }) => seq)
    expect(types(await live)).toEqual(await numbers())
    // that of all runs begins with what comes after it has begun, which may be late on a busy machine
    const shown = types(await everywhere).toSorted()
    const all = (await numbers()).toSorted()
    expect(shown).toEqual(all.slice(all.indexOf(shown[0])))
  })
})

test('the embedded database of a receiver that runs answers all of them', async () => {
  await using folder = await freshTables()
  await using receiver = await openTestReceiver('', { DATABASE_URL: '', SPANLEDGER_DATA_DIR: folder.path })
  await sendAll(requestsOf('claude-code-http'), [receiver.http])
  const here = { SPANLEDGER_DATA_DIR: folder.path }
  const everything = ['--since', '2020-01-01', '--json']
  const answers = await Promise.all([
    outcomeOf(['tasks', '--json'], here),
    outcomeOf(['task', session, '--json'], here),
    outcomeOf(['tail', session], here),
    outcomeOf(['cost', ...everything], here),
    outcomeOf(['tools', ...everything], here),
    outcomeOf(['agents', ...everything], here),
  ])
  await sendAll([tracesRequest(smallRun('wf-meanwhile'))], [receiver.http])
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
  expect(JSON.parse(answers[0]!.output)).toMatchObject([{ workflow_id: session }])
  expect(JSON.parse(answers[1]!.output)).toMatchObject({ workflow_id: session })
  expect(answers[2]!.output).toContain('\ttool.called\t')
  expect(JSON.parse(answers[3]!.output)).toMatchObject([{ model: 'claude-sonnet-4-5' }])
})
