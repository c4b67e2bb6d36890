import type pg from 'pg'
import { bag, json, near, paired, sum, trimmed, within } from './compare.ts'
import { type Ledger, readLedger, type TaskRow, type ToolRow, type UsageRow } from './ledger.ts'
import {
  type Expectation,
  type ExpectedTask,
  type ExpectedTool,
  type ExpectedUsage,
  expectationOf,
} from './recordings.ts'

/** One aspect of one recording that isn't as expected. */
export interface Failure {
  readonly recording: string
  readonly aspect: string
  readonly detail: string
}

/** Holds the rows in a database against what these recordings, and no others, must have made of it. */
export async function verifyRecordings(client: pg.Client, names: readonly string[]): Promise<Failure[]> {
  const ledger = await readLedger(client)
  const expectations = names.map(expectationOf)
  return [
    ...expectations.flatMap((expectation) => compareRecording(ledger, expectation)),
    ...compareWhole(ledger, expectations),
  ]
}

type Check = (aspect: string, holds: boolean, detail: unknown) => void

function compareRecording(ledger: Ledger, expectation: Expectation): Failure[] {
  const { recording, unrecoverable: lost } = expectation
  const failures: Failure[] = []
  const check = collect(failures, recording)
  // Which spans make one task can't be told here: only that no token is lost or counted twice.
  if (lost.tasks) compareSums(check, ledger, expectation)
  for (const want of lost.tasks ? [] : expectation.tasks) {
    const got = taskOf(ledger, want)
    check('task found under its id', got !== undefined, want.workflow_id ?? want.trace_ids)
    if (got) compareTask(check, ledger, want, got, lost)
  }
  return failures
}

function compareTask(
  check: Check,
  ledger: Ledger,
  want: ExpectedTask,
  got: TaskRow,
  lost: Expectation['unrecoverable'],
): void {
  const usage = ledger.usage.filter((row) => row.task_id === got.id)
  const tools = ledger.tools.filter((row) => row.workflow_id === got.workflow_id)
  compareTexts(check, want, got, lost)
  compareTimes(check, want, got)
  compareAgents(check, ledger, want, got, lost)
  if (!lost.token_usage) compareUsage(check, want.token_usage ?? [], usage)
  else if (!want.not_comparable_spans && want.token_totals) {
    check('usage: what is visible, once', sameTotals(want.token_totals, usage), usage)
  }
  compareTotals(check, got, usage, tools)
  if (want.tools && !lost.tools) compareTools(check, want.tools, tools, lost)
  compareEvents(check, ledger, got, tools, lost)
}

function compareTexts(check: Check, want: ExpectedTask, got: TaskRow, lost: Expectation['unrecoverable']): void {
  const text = (aspect: string, expected: string | null | undefined, actual: string | null) => {
    if (!lost[aspect]) check(aspect, trimmed(expected) === trimmed(actual), { want: expected, got: actual })
  }
  if (want.status) text('status', want.status_accept?.includes(got.status) ? got.status : want.status, got.status)
  if (want.session_id) text('session_id', want.session_id, got.session_id)
  if (want.query && !(want.query_optional && !got.query)) text('query', want.query, got.query)
  if (!(want.result_optional && !got.result)) text('result', want.result, got.result || null)
  if (want.status === 'FAILED' && !lost.status)
    check('a failed task says why', Boolean(trimmed(got.error_message)), got.error_message)
  if (!want.user_id || lost.user_id) return
  check('user_id', [got.external_id, got.user_id].includes(want.user_id), { want: want.user_id, got: got.external_id })
}

function compareTimes(check: Check, want: ExpectedTask, got: TaskRow): void {
  const starts = [want.started_at, want.started_at_first_span].filter((time) => time !== undefined)
  if (want.started_at)
    check(
      'started_at',
      starts.some((time) => near(time, got.started_us)),
      { want: starts, got: got.started_us },
    )
  if (!want.ended_at) return
  const milliseconds = ((got.completed_us ?? 0) - got.started_us) / 1000
  const detail = { want: want.ended_at, got: got.completed_us, duration: got.duration_ms }
  check(
    'completed_at and duration',
    near(want.ended_at, got.completed_us) && within(got.duration_ms, milliseconds, 1),
    detail,
  )
}

function compareAgents(
  check: Check,
  ledger: Ledger,
  want: ExpectedTask,
  got: TaskRow,
  lost: Expectation['unrecoverable'],
): void {
  if (!want.agents || lost.agents) return
  const rows = ledger.agents.filter((row) => row.workflow_id === got.workflow_id)
  const names = [...new Set(rows.map((row) => row.agent_id))]
  check('agents', bag(want.agents) === bag(names), { want: want.agents, got: names })
  check('agents_used', got.agents_used === want.agents.length, { want: want.agents.length, got: got.agents_used })
}

function compareUsage(check: Check, wanted: readonly ExpectedUsage[], rows: readonly UsageRow[]): void {
  const { pairs, complete } = paired(wanted, rows, [sameCall])
  check('token_usage', complete, { want: wanted, got: rows })
  for (const [want, got] of pairs) {
    if (want.ended_at)
      check('usage is dated at the end of the call', near(want.ended_at, got.created_us), [
        want.ended_at,
        got.created_us,
      ])
    if (typeof want.cost_usd === 'number')
      check('cost', within(got.cost_usd, want.cost_usd, 1.5e-6), [want.cost_usd, got.cost_usd])
    for (const part of ['cache_read_tokens', 'cache_creation_tokens'] as const) {
      check('cached tokens', (want[part] ?? got[part] ?? 0) === (got[part] ?? 0), {
        part,
        want: want[part],
        got: got[part],
      })
    }
  }
}

function sameCall(want: ExpectedUsage, got: UsageRow): boolean {
  const provider = want.provider === null || [want.provider, ...(want.provider_accept ?? [])].includes(got.provider)
  const model = want.model === null || [want.model, ...(want.model_accept ?? [])].includes(got.model)
  return (
    provider &&
    model &&
    got.prompt_tokens === want.prompt_tokens &&
    got.completion_tokens === (want.completion_tokens ?? 0)
  )
}

function compareTotals(check: Check, got: TaskRow, usage: readonly UsageRow[], tools: readonly ToolRow[]): void {
  const strangers = usage.filter((row) => row.user_id !== got.user_id)
  check("usage belongs to the task's user", strangers.length === 0, strangers)
  check('law 4: tools_invoked equals the rows', got.tools_invoked === tools.length, [got.tools_invoked, tools.length])
  check('law 4: totals equal the sums', sameTotals(got, usage), { task: got, usage })
  const whole = [got, ...usage].every((row) => row.total_tokens === row.prompt_tokens + row.completion_tokens)
  check('total_tokens is the sum of its parts', whole, { task: got, usage })
  // Exact in nano-dollars; each row shown here is rounded to micro-dollars.
  const dollars = sum(usage, (row) => row.cost_usd)
  check('law 4: cost equals the sum', within(got.total_cost_usd, dollars, 0.51e-6 * (usage.length + 1)), [
    got.total_cost_usd,
    dollars,
  ])
}

function compareTools(
  check: Check,
  wanted: readonly ExpectedTool[],
  rows: readonly ToolRow[],
  lost: Expectation['unrecoverable'],
): void {
  const fits = (want: ExpectedTool, got: ToolRow) =>
    got.tool_name === want.tool_name && (want.success ?? got.success) === got.success
  const fitsWhole = (want: ExpectedTool, got: ToolRow) =>
    fits(want, got) && json(got.input_params) === json(want.arguments)
  const { pairs, complete } = paired(wanted, rows, [fitsWhole, fits])
  check('tools', complete, { want: wanted, got: rows })
  for (const [want, got] of pairs) {
    if ((want.arguments ?? null) !== null)
      check('tool arguments', json(want.arguments) === json(got.input_params), [want.arguments, got.input_params])
    if (typeof want.duration_ms === 'number')
      check('tool durations', within(got.duration_ms, want.duration_ms, 1), [want.duration_ms, got.duration_ms])
    if (want.ended_at)
      check('a tool run is dated at its end', near(want.ended_at, got.created_us), [want.ended_at, got.created_us])
    if (want.error && !lost['tools.error'])
      check('tool errors', (got.error ?? '').includes(want.error), [want.error, got.error])
  }
}

function compareEvents(
  check: Check,
  ledger: Ledger,
  got: TaskRow,
  tools: readonly ToolRow[],
  lost: Expectation['unrecoverable'],
): void {
  const events = ledger.events.find((row) => row.workflow_id === got.workflow_id)
  check('events are there', events !== undefined, got.workflow_id)
  if (!events) return
  const { types } = events
  check('events: every one numbered, once', events.first_number >= 1 && events.numbers === events.count, events)
  check('events: know their task', bag(events.task_ids) === got.id, events.task_ids)
  check('events: a tool.called a tool', (types['tool.called'] ?? 0) === tools.length, [
    types['tool.called'],
    tools.length,
  ])
  const ends = { COMPLETED: 'task.completed', FAILED: 'task.failed', CANCELLED: 'task.cancelled' }
  const rightEnd = Object.entries(ends).every(
    ([status, type]) => (types[type] ?? 0) === (got.status === status ? 1 : 0),
  )
  check('events: one start, one matching end', types['task.started'] === 1 && rightEnd, { status: got.status, types })
  if (lost.status) return
  const end = got.completed_us
  // Children may outlive their root by what clocks differ.
  const inside = events.from_us >= got.started_us - 1 && (end === null || events.to_us <= end + 100_000)
  const bounds = within(events.start_us, got.started_us, 1) && (end === null || within(events.end_us, end, 1))
  check("events: within the task, its start and end at the task's own", inside && bounds, { task: got, events })
}

function compareSums(check: Check, ledger: Ledger, expectation: Expectation): void {
  const ids = new Set(expectation.tasks.flatMap((task) => [task.workflow_id, ...(task.trace_ids ?? [])]))
  const mine = ledger.tasks.filter((task) => ids.has(task.workflow_id))
  const wanted = expectation.tasks.flatMap((task) => task.token_totals ?? [])
  const want = {
    prompt_tokens: sum(wanted, (t) => t.prompt_tokens),
    completion_tokens: sum(wanted, (t) => t.completion_tokens),
  }
  check('usage: all of it, once, in whatever tasks', sameTotals(want, mine), { want, got: mine })
}

function compareWhole(ledger: Ledger, expectations: readonly Expectation[]): Failure[] {
  const failures: Failure[] = []
  const check = collect(failures, 'all')
  const known = new Set(expectations.flatMap(possibleIds))
  const others = ledger.tasks.filter((task) => !known.has(task.workflow_id))
  check(
    'no task that nobody ran',
    others.length === 0,
    others.map((task) => task.workflow_id),
  )
  check('no row without its task', ledger.strays.length === 0, ledger.strays)
  for (const day of ledger.days)
    check('law 4: days equal the sums of their tasks', sameDay(day.stated, day.summed), day)
  return failures
}

function possibleIds({ tasks, unrecoverable: lost }: Expectation): string[] {
  return tasks.flatMap(({ workflow_id: id, trace_ids: traces = [] }) => {
    const loose = !id || lost.tasks || lost.workflow_id
    return [...(id ? [id] : []), ...(loose ? traces : [])]
  })
}

function sameDay(
  stated: Readonly<Record<string, number>> | null,
  summed: Readonly<Record<string, number>> | null,
): boolean {
  if (!stated || !summed) return false
  return Object.entries(stated).every(([key, value]) =>
    within(value, summed[key] ?? null, key === 'cost' ? 1e-6 * (stated.tasks ?? 0) : 0),
  )
}

function taskOf(ledger: Ledger, want: ExpectedTask): TaskRow | undefined {
  const ids = want.workflow_id ? [want.workflow_id] : (want.trace_ids ?? [])
  return ledger.tasks.find((task) => ids.includes(task.workflow_id))
}

interface TokenTotals {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

function sameTotals(want: TokenTotals, rows: readonly TokenTotals[]): boolean {
  const prompt = sum(rows, (row) => row.prompt_tokens)
  const completion = sum(rows, (row) => row.completion_tokens)
  return want.prompt_tokens === prompt && want.completion_tokens === completion
}

function collect(failures: Failure[], recording: string): Check {
  return (aspect, holds, detail) => {
    if (!holds) failures.push({ recording, aspect, detail: (JSON.stringify(detail) ?? '').slice(0, 1000) })
  }
}
