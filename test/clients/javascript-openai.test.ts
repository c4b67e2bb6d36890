import { expect, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { openModelApi } from './model-api.ts'
import { absent, prepare } from './prepare.ts'

test('the lines of the README report a call of openai in an ES module', async ({ skip }) => {
  skip(absent('npm').length > 0, 'openai in JavaScript not tried: no npm on this machine')
  const files = ['app.mjs', 'package.json', 'package-lock.json'].map((file) => `javascript/openai/${file}`)
  const { folder } = await prepare({ name: 'javascript-openai', files, script: 'npm ci --ignore-scripts' })
  await using api = await openModelApi()
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  const lines = [
    snippet('http').replace('http://127.0.0.1:4318', receiver.http),
    `export MODEL_API=${api.url}`,
    snippet('javascript'),
  ]
  await using app = runShell(lines.join('\n'), { cwd: folder, path: [] })
  app.input.end()
  expect(await app.exited, app.output()).toBe(0)
  const { rows } = await client.query(
    `select t.workflow_id, u.provider, u.model, u.prompt_tokens, u.completion_tokens
     from task_executions t join token_usage u on u.task_id = t.id`,
  )
  const model = 'gpt-4o-mini-2024-07-18'
  const tokens = { prompt_tokens: 12, completion_tokens: 3 }
  expect(rows).toEqual([{ workflow_id: 'openai', provider: 'openai', model, ...tokens }])
})
