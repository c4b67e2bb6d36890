import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../support/command.ts'
import { clientOf, freshFolder, freshTables, openFolder } from '../support/embedded.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { expectationOf, requestsOf } from '../support/recordings.ts'
import { send, sendAll } from '../support/send.ts'

const recordings = ['hand-v2-genai-nested-json', 'hand-v1-plain-trip']

test('serve without DATABASE_URL makes its database, shares it with other commands, and finds it again', async () => {
  await using folder = await freshFolder()
  const settings = { SPANLEDGER_DATA_DIR: folder.path }
  const requests = recordings.flatMap(requestsOf)
  const ids = recordings.map((name) => {
    const [task] = expectationOf(name).tasks
    return task!.workflow_id ?? task!.trace_ids![0]!
  })
  const explained = async () => Promise.all(ids.map((id) => outcomeOf(['explain', id], settings)))
  let beside: Awaited<ReturnType<typeof explained>>
  {
    const started = performance.now()
    await using receiver = await spawnReceiver('', settings)
    console.info(`first start: listens after ${Math.round(performance.now() - started)} ms`)
    expect(receiver.output()).toContain('making the embedded database: this happens once')
    expect(receiver.output()).toContain(`Writing to   the embedded database in ${folder.path}`)
    expect(await sendAll(requests, [receiver.http])).toMatchObject({ ok: requests.length, failed: [], rejected: 0 })

    beside = await explained()
    for (const { code, output } of beside) {
      expect(output).toContain('row token_usage')
      expect(code).toBe(0)
    }
    const second = await outcomeOf(['serve'], { ...settings, SPANLEDGER_HTTP_LISTEN: '127.0.0.1:0' })
    expect(second.output).toContain(`process ${receiver.process.pid} has it since`)
    expect(second.code).toBe(2)
    expect(await outcomeOf(['migrate'], settings)).toEqual({ code: 0, output: 'The tables are up to date\n' })

    receiver.process.kill('SIGTERM')
    expect(await receiver.exited).toBe(0)
  }
  expect(readdirSync(folder.path)).toEqual(['database', 'owner.lock'])
  expect(await explained()).toEqual(beside)

  const started = performance.now()
  await using again = await spawnReceiver('', settings)
  console.info(`later start: listens after ${Math.round(performance.now() - started)} ms`)
  expect(again.output()).not.toContain('making the embedded database')
  expect(await sendAll(requests, [again.http])).toMatchObject({ ok: requests.length, failed: [] })
  expect(await explained()).toEqual(beside)
})

test('while a reader has the database senders are asked to come again, and none of their spans is lost', async () => {
  await using folder = await freshTables()
  await using receiver = await spawnReceiver('', {
    SPANLEDGER_DATA_DIR: folder.path,
    SPANLEDGER_ANSWER_TIMEOUT_MS: '1000',
    SPANLEDGER_BEGIN_WITHIN_MS: '500',
  })
  const statusOf = async (workflow: string) => (await send(tracesRequest(smallRun(workflow)), receiver.http)).status
  await expect.poll(() => statusOf('wf-before')).toBe(200)

  await using reader = await openFolder(folder.path)
  let leave = () => {}
  const left = new Promise<void>((resolve) => (leave = resolve))
  const reading = reader.transaction(async (session) => {
    await session.query('select')
    await left
  })
  await expect.poll(() => statusOf('wf-while'), { interval: 0 }).toBe(503)
  expect((await fetch(`${receiver.http}/healthz`)).status).toBe(200)
  expect((await fetch(`${receiver.http}/readyz`)).status).toBe(503)
  leave()
  await reading

  await expect.poll(() => statusOf('wf-while')).toBe(200)
  await expect.poll(async () => (await fetch(`${receiver.http}/readyz`)).status).toBe(200)
  const { rows } = await clientOf(reader).query('select workflow_id from task_executions order by 1')
  expect(rows).toEqual([{ workflow_id: 'wf-before' }, { workflow_id: 'wf-while' }])
})

test('a reader that asks for too much stops at the end of its turn, and no acknowledged or later span is lost', async () => {
  await using folder = await freshTables()
  const settings = { SPANLEDGER_DATA_DIR: folder.path, SPANLEDGER_TURN_TIMEOUT_MS: '2000' }
  await using receiver = await spawnReceiver('', settings)
  const acknowledge = async (workflow: string) =>
    expect(await sendAll([tracesRequest(smallRun(workflow))], [receiver.http])).toMatchObject({ ok: 1 })
  await acknowledge('wf-before')

  await using reader = await openFolder(folder.path)
  const asked = reader.transaction((session) => session.query('select count(*) from generate_series(1, 10000000000)'))
  await expect(asked).rejects.toThrow(/longer than \d+ ms and was ended/)

  await acknowledge('wf-after')
  const { rows } = await clientOf(reader).query('select workflow_id from task_executions order by 1')
  expect(rows).toEqual([{ workflow_id: 'wf-after' }, { workflow_id: 'wf-before' }])
})

test('explain makes no database', async () => {
  await using folder = await freshFolder()
  const { code, output } = await outcomeOf(['explain', 'x'], { SPANLEDGER_DATA_DIR: folder.path })
  expect(output).toBe(
    `there is no embedded database in ${folder.path}, and DATABASE_URL is not set. Say which one is meant by --data-dir or --database-url.\n`,
  )
  expect(code).toBe(2)
})
