import { expect, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { absent } from './prepare.ts'

test('curl is answered as docs/sending.md shows, and twice the same is one run', async ({ skip }) => {
  skip(absent('curl').length > 0, 'curl not tried: not on this machine')
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  const script = snippet('curl').replace('http://127.0.0.1:4318', receiver.http)
  for (const _ of ['once', 'again']) {
    await using curl = runShell(script, { cwd: import.meta.dirname })
    expect(await curl.exited).toBe(0)
    expect(curl.output().trim()).toBe(snippet('curl answer').trim())
  }
  const { rows } = await client.query(`
    select t.workflow_id, t.status, t.query, u.model, u.prompt_tokens, u.completion_tokens
    from task_executions t join token_usage u on u.task_id = t.id`)
  expect(rows).toEqual([
    {
      workflow_id: 'by-hand',
      status: 'COMPLETED',
      query: 'How much is a token?',
      model: 'gpt-4o-mini',
      prompt_tokens: 120,
      completion_tokens: 30,
    },
  ])
})

test('curl finds a receiver ready as docs/operations.md shows', async ({ skip }) => {
  skip(absent('curl').length > 0, 'curl not tried: not on this machine')
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  const script = snippet('health').replace('http://127.0.0.1:4318', receiver.http)
  await using curl = runShell(script, { cwd: import.meta.dirname })
  expect(await curl.exited).toBe(0)
  expect(curl.output()).toBe('ok')
})
