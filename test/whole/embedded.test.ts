import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../support/command.ts'
import { freshFolder } from '../support/embedded.ts'
import { expectationOf, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

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
    expect(performance.now() - started).toBeLessThan(30_000)
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
  expect(readdirSync(folder.path)).toEqual(['database'])
  expect(await explained()).toEqual(beside)

  const started = performance.now()
  await using again = await spawnReceiver('', settings)
  expect(performance.now() - started).toBeLessThan(15_000)
  expect(again.output()).not.toContain('making the embedded database')
  expect(await sendAll(requests, [again.http])).toMatchObject({ ok: requests.length, failed: [] })
  expect(await explained()).toEqual(beside)
})

test('explain makes no database', async () => {
  await using folder = await freshFolder()
  const { code, output } = await outcomeOf(['explain', 'x'], { SPANLEDGER_DATA_DIR: folder.path })
  expect(output).toBe(
    `there is no embedded database in ${folder.path}, and DATABASE_URL is not set. Say which one is meant by --data-dir or --database-url.\n`,
  )
  expect(code).toBe(2)
})
