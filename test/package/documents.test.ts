import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { absent } from '../clients/prepare.ts'
import type { BilledCall } from '../support/bills/billed-calls.ts'
import { openaiCosts, openaiUsage } from '../support/bills/openai-export.ts'
import type { Settings } from '../support/command.ts'
import { dataFolder } from '../support/data-folder.ts'
import { documents, readDocument, snippet } from '../support/documents.ts'
import { newSpanId, newTraceId, type SpanSketch, smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freePort, startPostgres, statement, type TestPostgres } from '../support/postgres.ts'
import type { OtlpRequest } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'
import { type Block, blocksOf, commandsOf } from './document-blocks.ts'
import { type Addresses, openReader, type Reader } from './document-reader.ts'
import { entryFor, leftOut, pages } from './document-runs.ts'
import { type Installed, installedPackage } from './installed.ts'

/** Languages whose blocks are run; a block of another one is looked at, and not typed. */
const languages = ['sh', 'sql', 'js']
const blocks = documents.flatMap(blocksOf)
const runnable = (document: string) => blocksOf(document).filter(({ language }) => languages.includes(language))

const hourMs = 3_600_000

/** A model call whose run goes on: the span that began it has not come yet. */
function runningCall(workflow: string, endMs: number, more: Partial<SpanSketch> = {}): SpanSketch {
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: newSpanId(),
    name: 'chat gpt-4o-mini',
    startMs: endMs - 1000,
    endMs,
    ...more,
    attributes: {
      workflow_id: workflow,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': bill.model,
      'gen_ai.usage.input_tokens': bill.input,
      'gen_ai.usage.output_tokens': bill.output,
      ...more.attributes,
    },
  }
}

/** The calls of the day that the provider has billed: the one of order-5. */
const bill: BilledCall = {
  provider: 'openai',
  model: 'gpt-4o-mini-2024-07-18',
  at: Date.now() - 72 * hourMs,
  requests: 1,
  input: 120,
  cached: 0,
  written: 0,
  longWritten: 0,
  output: 30,
}

/** The runs that the documents name. */
const runs: readonly SpanSketch[] = [
  runningCall('order-5', bill.at, { attributes: { 'user.id': 'ada' } }),
  runningCall('order-6', Date.now() - hourMs, { attributes: { 'session.id': 'support-42' } }),
  runningCall('order-7', Date.now() - 1000, { traceId: '0af7651916cd43dd8448eb211c80319c' }),
]

let installed: Installed
let server: TestPostgres
let folder: string
/** What every reader has: a home in which nothing is, and no network. */
let env: Settings

beforeAll(async () => {
  folder = mkdtempSync(path.join(dataFolder, 'spanledger-reader-'))
  const home = path.join(folder, 'home')
  mkdirSync(home)
  env = { HOME: home, npm_config_offline: 'true', npm_config_update_notifier: 'false' }
  const starting = startPostgres().then((started) => (server = started))
  installed = await installedPackage()
  await starting
  await fillLedger()
})

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** Makes a database; its address. */
async function makeDatabase(name: string, template: string): Promise<string> {
  await statement(server.url, `create database ${name} template ${template}`)
  return Object.assign(new URL(server.url), { pathname: name }).href
}

interface Opened extends Reader {
  readonly cwd: string
  readonly addresses: Addresses
}

/** The reader of a page, in a project of their own with the package. */
async function openPage(document: string): Promise<Opened> {
  const page = pages[document] ?? {}
  const name = path.basename(document, '.md').replaceAll(/\W/g, '_').toLowerCase()
  const cwd = path.join(folder, name)
  mkdirSync(cwd)
  writeFileSync(path.join(cwd, 'package.json'), '{ "private": true, "type": "module" }')
  symlinkSync(path.join(installed.project.folder, 'node_modules'), path.join(cwd, 'node_modules'))
  if (page.isEmbedded || page.withoutTables !== undefined)
    cpSync(path.join(folder, 'ledger', '.spanledger'), path.join(cwd, '.spanledger'), { recursive: true })
  const addresses = {
    database: await makeDatabase(name, name === 'ledger' ? 'template0' : 'ledger'),
    emptyDatabase: page.withoutTables === undefined ? '' : await makeDatabase(`${name}_empty`, 'template0'),
    httpPort: await freePort(),
    grpcPort: await freePort(),
  }
  const settings = {
    SPANLEDGER_HTTP_LISTEN: `127.0.0.1:${addresses.httpPort}`,
    SPANLEDGER_GRPC_LISTEN: `127.0.0.1:${addresses.grpcPort}`,
    ...(page.isEmbedded ? {} : { DATABASE_URL: addresses.database }),
  }
  const programs = [path.dirname(process.execPath), path.join(cwd, 'node_modules', '.bin')]
  const reader = openReader({ page, cwd, path: programs, env: { ...env, ...settings }, addresses })
  if (page.isServing) await reader.run(['spanledger serve'])
  writeFiles(cwd)
  return { ...reader, cwd, addresses }
}

/** Writes the files that commands read. */
function writeFiles(cwd: string): void {
  const imports = path.join(import.meta.dirname, '..', 'commands', 'import-files')
  const line = (workflow: string) => `${tracesRequest(smallRun(workflow)).body.toString()}\n`
  const files = {
    'traces-1.jsonl': line('imported-1'),
    'traces.jsonl.gz': gzipSync(line('imported-2')),
    'usage.json': JSON.stringify(openaiUsage([bill])[0]),
    'costs.json': JSON.stringify(openaiCosts([bill])[0]),
    'spanledger.yaml': snippet('budgets'),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(cwd, name), content)
  cpSync(path.join(imports, 'langfuse-observations.json'), path.join(cwd, 'langfuse-export.json'))
  cpSync(path.join(imports, 'phoenix.parquet'), path.join(cwd, 'spans.parquet'))
  cpSync(path.join(imports, 'litellm-spend-logs.csv'), path.join(cwd, 'spend_logs.csv'))
}

/** Fills the embedded database by a receiver and the demo, and copies it to PostgreSQL, for all pages. */
async function fillLedger(): Promise<void> {
  await using reader = await openPage('ledger')
  await reader.run(['DATABASE_URL= npx spanledger serve'])
  const sent = await sendAll([tracesRequest(runs)], [`http://127.0.0.1:${reader.addresses.httpPort}`])
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
  await reader.run(['DATABASE_URL= npx spanledger demo --keep'])
  await reader[Symbol.asyncDispose]()
  await reader.run(['npx spanledger copy'])
  await using client = await connect(reader.addresses.database)
  await client.query('create role acme_reader; create role spanledger_owner; create role spanledger_receiver')
  await client.query(
    `insert into spanledger.tokens (id, name, tenant, scopes, hash) values ('3f2a90d8b1c4', 'old', '', 'send', '\\x00')`,
  )
  for (const beginning of ['3f2a', '90d8'])
    await client.query(
      `insert into spanledger.refused_spans (id, tenant, signal, trace, span, name, reason, message, format, body)
       values (($1 || substr(gen_random_uuid()::text, 5))::uuid, '', 'traces', '', '', 'run', 'refused-value', 'no', 'json', $2)`,
      [beginning, refusedRequest(beginning).body],
    )
}

/** A request that was refused once and would be taken now. */
function refusedRequest(workflow: string): OtlpRequest {
  return tracesRequest(smallRun(`refused-${workflow}`))
}

const asks = /^(--.*\n)*(select|with)\b/

/** Runs a block as its language asks for. */
async function runBlock(reader: Opened, { language, text, place }: Block): Promise<void> {
  if (language === 'sh') await reader.run(commandsOf(text).filter(canRun))
  else if (entryFor(leftOut, text) !== undefined) return
  else if (language === 'js') {
    writeFileSync(path.join(reader.cwd, 'block.js'), text)
    await reader.run(['node block.js'])
  } else if (asks.test(text)) {
    writeFileSync(path.join(reader.cwd, 'block.sql'), text.replaceAll(":'workflow'", "'order-7'"))
    await reader.run(['spanledger sql --file block.sql'])
  } else {
    await reader.prepare(text)
    await using client = await connect(reader.addresses.database)
    await client.query(text).catch((error: Error) => {
      throw new Error(`${place} is refused by PostgreSQL: ${error.message}`)
    })
  }
}

/** Joins questions in SQL that follow each other, so that one process asks them. */
function joined(blocks: readonly Block[]): readonly Block[] {
  const all: Block[] = []
  for (const block of blocks) {
    const before = all.at(-1)
    const isJoined = [before, block].every((one) => one?.language === 'sql' && asks.test(one.text))
    if (isJoined) all.splice(-1, 1, { ...before!, text: `${before!.text}\n${block.text}` })
    else all.push(block)
  }
  return all
}

/** Programs that commands need, which are not part of the package and not on this machine. */
const lacks = absent('jq', 'psql', 'curl')
const reason = `the documents' commands with ${lacks.join(', ')} were not run: not on this machine`
if (lacks.length > 0) console.warn(reason)

function canRun(command: string): boolean {
  return !lacks.some((name) => new RegExp(`\\b${name}\\b`).test(command))
}

describe('as a new user with an empty home, from the tarball', () => {
  test.concurrent.each(documents.filter((document) => runnable(document).length > 0))(
    'each command of %s is run',
    async (document) => {
      await using reader = await openPage(document)
      const failures: string[] = []
      for (const block of joined(runnable(document)))
        await runBlock(reader, block).catch((error: Error) => failures.push(`${block.place}: ${error.message}`))
      expect(failures).toEqual([])
    },
  )
})

test('no command is left out for want of a program', ({ skip }) => {
  skip(lacks.length > 0, reason)
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => commandsOf(text))
  expect(commands.length).toBeGreaterThan(100)
  expect(commands.filter((command) => !canRun(command))).toEqual([])
})

test('what is left out is in the documents', () => {
  const commands = blocks.flatMap(({ language, text }) => (language === 'sh' ? commandsOf(text) : [text]))
  const unused = Object.keys(leftOut).filter((words) => !commands.some((command) => command.startsWith(words)))
  expect(unused).toEqual([])
})

test('every block of commands says that it is one', () => {
  const fences = documents.flatMap((document) => readDocument(document).match(/^\s*```/gm) ?? [])
  expect(fences).toHaveLength(2 * blocks.length)
  const others = blocks.filter(({ language }) => !languages.includes(language))
  const known = ['', 'go', 'json', 'text', 'ts', 'yaml']
  expect(others.filter(({ language }) => !known.includes(language))).toEqual([])
  const typed = /^(\$ |[A-Z_]+=\S+ |export |npx |npm |node |spanledger |docker |helm |kubectl |curl |pip )/m
  expect(others.filter(({ language, text }) => language === '' && typed.test(text))).toEqual([])
})
