import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { snippet, triedTable } from '../support/documents.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { openModelApi } from './model-api.ts'
import { absent, prepare, type Workplace } from './prepare.ts'

const lacks = absent('python3')
const reason = `Python's model SDKs not tried: ${lacks.join(', ')} not on this machine`
if (lacks.length > 0) console.warn(reason)

const packagesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
const [[, ...vendors], ...rows] = triedTable('python instrumentations') as [string[], ...string[][]]
const sdks = rows.map(([sdk]) => packagesIn(sdk!)[0]!)
/** One environment has the SDKs; the instrumentations of each vendor are in a folder that is added to its path. */
const instrumentations = vendors.map((_, column) => rows.flatMap((cells) => packagesIn(cells[column + 1]!)))

// uv takes seconds for these hundreds of packages, pip a minute; python.test.ts installs by pip, as the page says
const script = [
  'python3 -m venv .',
  'pip install --quiet --disable-pip-version-check uv==0.13.8',
  'export UV_CONSTRAINT=model-sdks.txt UV_SYSTEM_CERTS=1 VIRTUAL_ENV=$PWD',
  `uv ${snippet('python install').trim()}`,
  `uv pip install ${rows.flatMap(([sdk]) => packagesIn(sdk!)).join(' ')}`,
  ...instrumentations.map((packages, i) => `uv pip install --target vendor-${i} ${packages.join(' ')}`),
].join(' &&\n')

describe('the instrumentations for Python that docs/sending.md lists', () => {
  let workplace: Workplace
  beforeAll(async () => {
    if (lacks.length > 0) return
    const files = ['python/calls.py', 'python/model-sdks.txt']
    workplace = await prepare({ name: 'python-models', files, script, programs: ['bin'] })
  })

  test.for(vendors.map((vendor, i) => [vendor, i] as const))('%s reports each call once', async ([, i], { skip }) => {
    skip(lacks.length > 0, reason)
    expect(await rowsOf(i, sdks)).toEqual(sdks.map((sdk) => ({ sdk, prompt_tokens: 12, completion_tokens: 3 })))
    // LangChain calls the SDK of OpenAI, whose instrumentation would report its calls as well
    const alone = `export OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=${othersThan('langchain', i)}`
    expect(alone).toMatch(/\bopenai\b/)
    expect(await rowsOf(i, ['langchain'], alone)).toMatchObject([{ prompt_tokens: 12 }])
  })

  test('the lines that show which are loaded name them', async ({ skip }) => {
    skip(lacks.length > 0, reason)
    const script = `export PYTHONPATH=$PWD/vendor-0\n${snippet('python loaded')}`
    // nothing is received here: an exporter would try for ten seconds
    const quiet = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
    const env = { ...quiet, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: othersThan('openai', 0) }
    await using app = runShell(script, { cwd: workplace.folder, path: workplace.path, env })
    app.input.end()
    await app.exited
    expect(app.output()).toContain('Instrumented openai')
  })

  /** The other instrumentations of a vendor: each loads the SDK that it instruments, which takes seconds. */
  function othersThan(name: string, vendor: number): string {
    const folder = path.join(workplace.folder, `vendor-${vendor}`)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('entry_points.txt'),
    )
    const all = files.flatMap((file) => {
      const [, section = ''] = readFileSync(path.join(folder, file), 'utf8').split('[opentelemetry_instrumentor]')
      return [...section.split('[')[0]!.matchAll(/^([\w-]+) *=/gm)].map(([, instrumentation]) => instrumentation!)
    })
    expect(all).toContain(name)
    return all.filter((one) => one !== name).join(',')
  }

  /** The calls that are in the tables after an app has asked each of these SDKs, by the run's name. */
  async function rowsOf(vendor: number, asked: readonly string[], more = ''): Promise<object[]> {
    await using api = await openModelApi()
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    const lines = [
      snippet('http').replaceAll('http://127.0.0.1:4318', receiver.http),
      `export PYTHONPATH=$PWD/vendor-${vendor} MODEL_API=${api.url}`,
      more,
      snippet('python').replace('app.py', `calls.py ${asked.join(' ')}`),
    ]
    await using app = runShell(lines.join('\n'), { cwd: workplace.folder, path: workplace.path })
    app.input.end()
    expect(await app.exited, app.output()).toBe(0)
    const { rows: calls } = await client.query<object>(
      `select t.workflow_id as sdk, u.prompt_tokens, u.completion_tokens
       from task_executions t left join token_usage u on u.task_id = t.id order by t.started_at`,
    )
    return calls
  }
})
