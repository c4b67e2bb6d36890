import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { outcomeOf, runCommand } from '../../support/command.ts'
import { freshFolder } from '../../support/embedded.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { freshDatabase } from '../../support/postgres.ts'

const recording = (...parts: readonly string[]) => path.join(import.meta.dirname, '..', '..', 'recordings', ...parts)

test('explain reads recorded requests without a database: what each span is, whether its usage counts and why', async () => {
  const { code, output } = await outcomeOf(
    [
      'explain',
      '--file',
      ...['001.traces.pb', '002.logs.pb', '003.traces.pb', '004.logs.pb'].map((file) => recording('codex-exec', file)),
    ],
    {},
  )
  expect(output).toContain('handle_responses [llm, Codex]')
  expect(output).toMatch(
    /usage 4213 \+ 39 \(call, as reported\): counts\n.*row token_usage gpt-5 4213 \+ 39 tokens, \$0\.004504/,
  )
  expect(output).toMatch(
    /usage 4213 \+ 39 .*: doesn't count: span 59657027d577f898 in trace \w{32} reports the same call/,
  )
  expect(output).toMatch(/usage 12925 \+ 155 \(aggregate, as reported\): doesn't count/)
  expect(code).toBe(0)
})

test("explain says what a span means for a durable workflow's run, and which attempts are one tool run", async () => {
  const files = ['001', '002', '003', '004'].map((number) => recording('temporal-java-trip', `${number}.traces.pb`))
  const { output } = await outcomeOf(['explain', '--file', ...files], {})
  expect(output).toMatch(/RunWorkflow:TripWorkflow .*\n.*\n.* run [\w-]{36}: over when this ends\n/)
  expect(output).toMatch(/StartWorkflow:TripWorkflow .*\n.*\n.* its run: asks for it, or repeats what happened/)
  expect(output).toMatch(/attempt 2; "execute_tool search_flights" \(\w{16}\) is the next one\n/)
  expect(output.match(/row tool_executions search_flights/g)).toHaveLength(1)
})

test('explain says that the next attempt at a tool run is in another trace', async () => {
  await using folder = await freshFolder()
  const file = `${folder.path}.jsonl`
  const attributes = { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1', temporalActivityID: '2' }
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }
  const attempts = [1, 2].map((n) => {
    const [traceId, startMs] = [`${n}`.repeat(32), 1_790_000_000_000 + n * 1000]
    const run = { traceId, startMs, endMs: startMs + 90, spanId: `${n}a`.repeat(8), name: 'RunActivity:Search' }
    const used = { ...run, spanId: `${n}b`.repeat(8), parentSpanId: run.spanId, name: 'execute_tool search' }
    return tracesRequest([
      { ...run, attributes },
      { ...used, attributes: tool },
    ]).body
  })
  writeFileSync(file, attempts.map((body) => `${body}\n`).join(''))
  const { output } = await outcomeOf(['explain', '--file', file], {})
  expect(output).toMatch(/an attempt; (2b){8} in trace 2{32} is the next one\n/)
  expect(output.match(/row tool_executions search/g)).toHaveLength(1)
  expect(output.match(/tool\.called/g)).toHaveLength(1)
})

test('explain names attributes that look like usage and are unread, in a run and outside', async () => {
  await using folder = await freshFolder()
  const file = `${folder.path}.jsonl`
  const [root] = smallRun('wf')
  const inRun = { ...root!, attributes: { ...root!.attributes, 'acme.draft_tokens': 7 } }
  const unknown = { ...root!, traceId: '3'.repeat(32), attributes: { 'acme.used_tokens': '12', price: 2 } }
  writeFileSync(file, [[inRun], [unknown]].map((spans) => `${tracesRequest(spans).body}\n`).join(''))
  const { output } = await outcomeOf(['explain', '--file', file], {})
  expect(output.match(/no dialect reads .*/g)).toEqual([
    'no dialect reads acme.draft_tokens: if it is usage, the setting attributes says which',
    'no dialect reads acme.used_tokens: if it is usage, the setting attributes says which',
  ])
})

test('explain reads what the file exporter of a Collector writes: a request a line, in JSON', async () => {
  await using folder = await freshFolder()
  const file = `${folder.path}.jsonl`
  writeFileSync(file, ['wf-1', 'wf-2'].map((id) => `${tracesRequest(smallRun(id)).body}\n`).join(''))
  const { output } = await outcomeOf(['explain', '--json', '--file', file], {})
  const traces = JSON.parse(output) as { spans: { workflow: string; children: { usage: { reason: string } }[] }[] }[]
  expect(traces.map(({ spans }) => spans[0]!.workflow)).toEqual(['wf-1', 'wf-2'])
  expect(traces.map(({ spans }) => spans[0]!.children[0]!.usage.reason)).toEqual(['counts', 'counts'])
})

test('explain ends with 1 where nothing is known of an id, and says on standard error what to check', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  expect(await outcomeOf(['migrate'], settings)).toMatchObject({ code: 0 })
  for (const json of [[], ['--json']]) {
    await using run = runCommand(['explain', 'wf-1', ...json], settings)
    let answer = ''
    run.process.stdout?.on('data', (text) => (answer += text))
    expect(await run.exited).toBe(1)
    expect(answer).toBe(json.length === 0 ? '' : '[]\n')
    expect(run.output()).toContain(`Nothing is known of wf-1 in postgres://`)
    expect(run.output()).toContain('docs/sending.md#nothing-arrives')
  }
})

test('explain says what is refused, and what is no OTLP', async () => {
  await using folder = await freshFolder()
  const file = `${folder.path}.json`
  const [root] = smallRun('wf')
  writeFileSync(file, tracesRequest([{ ...root!, spanId: 'xyz', name: 'broken' }]).body)
  const refused = await outcomeOf(['explain', '--file', file], {})
  expect(refused.output).toMatch(/^refused: broken: .*span/m)
  expect(refused.output).toContain(`No span or log record was taken from ${file}.\n`)
  expect(refused.code).toBe(1)
  const source = await outcomeOf(['explain', '--file', import.meta.filename], {})
  expect(source.output).toMatch(/explain\.test\.ts can't be read as OTLP: /)
  expect(source.code).toBe(2)
  expect((await outcomeOf(['explain'], {})).code).toBe(2)
})
