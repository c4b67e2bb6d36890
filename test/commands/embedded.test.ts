import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import * as exporting from '../../src/commands/export.ts'
import * as importing from '../../src/commands/import/import.ts'
import * as reconciling from '../../src/commands/reconcile/reconcile.ts'
import { type CommandRun, spawnReceiver, type TestReceiver } from '../support/command.ts'
import { freshTables } from '../support/embedded.ts'
import { printed } from '../support/look.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { send } from '../support/send.ts'
import { hasTmux, openRealTerminal } from '../support/tmux.ts'

/** The embedded database of a receiver that runs, with one run. */
let folder: Awaited<ReturnType<typeof freshTables>>
let receiver: TestReceiver & CommandRun
let temporary: string

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'spanledger-embedded-'))
  folder = await freshTables()
  receiver = await spawnReceiver('', { SPANLEDGER_DATA_DIR: folder.path })
  await send(tracesRequest(smallRun('embedded-1', Date.UTC(2026, 10, 20, 12))), receiver.http)
})

afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
  await rm(temporary, { recursive: true })
})

const settings = () => ({ DATABASE_URL: '', SPANLEDGER_DATA_DIR: folder.path })
const fileOf = async (name: string, text: string) => {
  const file = path.join(temporary, name)
  await writeFile(file, text)
  return file
}

test('export, import and reconcile work on the embedded database of a receiver, which goes on committing', async () => {
  const focus = await printed(exporting, { settings: settings(), switches: ['focus'] })
  expect(focus.output.trimEnd().split('\r\n')).toHaveLength(3)
  const bill = await fileOf('focus.csv', focus.output)
  const nowMs = Date.UTC(2026, 11, 1)
  const result = await printed(reconciling, { args: [bill], settings: settings(), switches: ['json'], nowMs })
  expect(result).toMatchObject({ code: 0, errors: '' })
  expect(JSON.parse(result.output)[0].totals.difference.cost_usd).toBe('0.000000000')

  const { body } = tracesRequest(smallRun('embedded-2', Date.UTC(2026, 10, 21, 12)))
  const file = await fileOf('more.json', body.toString())
  expect(await printed(importing, { args: [file], settings: settings() })).toMatchObject({ code: 0 })
  await send(tracesRequest(smallRun('embedded-3', Date.UTC(2026, 10, 22, 12))), receiver.http)
  const calls = await printed(exporting, {
    args: ['token_usage'],
    settings: settings(),
    options: { format: ['jsonl'] },
  })
  expect(
    calls.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).workflow_id),
  ).toEqual(['embedded-1', 'embedded-2', 'embedded-3'])
})

test('an agent asks the embedded database of a receiver over the Model Context Protocol', async () => {
  const client = new Client({ name: 'test', version: '1' })
  const { PATH = '', HOME = '' } = process.env
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [inject('program'), 'mcp'],
      env: { PATH, HOME, ...settings() },
    }),
  )
  const { tools } = await client.listTools()
  const sql = tools.find(({ name }) => /sql/.test(name))!
  const answer = await client.callTool({
    name: sql.name,
    arguments: { query: 'select count(*) as n from task_executions' },
  })
  expect((answer.content as [{ text: string }])[0].text).toBe('{"columns":["n"],"rows":[["3"]],"has_more":false}')
  await client.close()
})

test.skipIf(!hasTmux)(
  'a real terminal shows what fits its width, in colours, with wide characters in line',
  async () => {
    await send(tracesRequest(smallRun('注文番号-七', Date.UTC(2026, 10, 23, 12))), receiver.http)
    await using terminal = await openRealTerminal('tasks', { SPANLEDGER_DATA_DIR: folder.path }, { width: 72 })
    const lines = await terminal.shows('embedded-1')
    expect(lines[0]).toMatch(/^STATUS +WORKFLOW/)
    const columnOf = (line: string, text: string) => widthOf(line.slice(0, line.indexOf(text)))
    const [wide, plain] = [
      lines.find((line) => line.includes('注文')),
      lines.find((line) => line.includes('embedded-1')),
    ]
    // what is behind the names begins in one column
    expect(columnOf(wide!, ' q ')).toBe(columnOf(plain!, ' q '))
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(72)
    expect(await terminal.raw()).toContain('\u001b[')
  },
)

/** The columns that a text takes: two for each character of the wide scripts used here. */
function widthOf(text: string): number {
  return [...text].reduce((sum, one) => sum + (/[\u3000-\u9fff\uff00-\uff60]/.test(one) ? 2 : 1), 0)
}
