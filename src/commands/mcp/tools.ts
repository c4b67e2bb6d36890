import { z } from 'zod'
import { exactUsd, isUuid } from '../../columns.ts'
import { listTasks } from '../../queries/runs/tasks.ts'
import { costDimensions } from '../../queries/sums/cost-dimensions.ts'
import { readCosts } from '../../queries/sums/costs.ts'
import { runTypedSql } from '../../queries/typed/typed-sql.ts'
import type { Database } from '../../store/database.ts'
import type { CommandInput } from '../command-line/command.ts'
import { type Period, periodOption, periodText, previousPeriod } from '../formats/table/period.ts'
import { jsonRow } from '../formats/table/print-table.ts'
import { spanColumns } from '../look/span-rows.ts'
import { readTrees } from '../look/task.ts'
import { taskColumns } from '../look/task-columns.ts'
import type { McpServer } from './sdk.ts'

const mostRuns = 100
const mostSpans = 500
const mostRows = 1_000
const sqlTimeoutMs = 20_000
/** The most characters of an answer: an agent reads all of it. */
const mostCharacters = 100_000

const time = z
  .string()
  .optional()
  .describe('24h, 7d (today included), a day 2026-11-01, or RFC 3339; by default 7d back, until now')

/** Adds what an agent may ask: runs, the reasons of a run, costs, and SQL that can change nothing. */
export function addTools(server: McpServer, database: Database, input: CommandInput): void {
  const annotations = { readOnlyHint: true, openWorldHint: false }
  server.registerTool(
    'list_runs',
    {
      title: 'List runs',
      description: `Lists runs (workflows) of agents, the latest first, at most ${mostRuns}: status, query, user, duration, tokens, cost.`,
      inputSchema: {
        status: z.enum(['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']).optional(),
        user: z.string().optional().describe('as spans name the user'),
        session: z.string().optional(),
        model: z.string().optional().describe('the model with most tokens in the run'),
        mode: z.string().optional(),
        since: time,
        until: time,
        limit: z.int().min(1).max(mostRuns).default(20),
        after: z.string().optional().describe('`next` of the page before'),
      },
      annotations,
    },
    async (asked) => {
      const period = periodOf(input, asked)
      const [createdAt = '', id = ''] = asked.after?.split(',') ?? []
      const { status = null, user = null, session = null, model = null, mode = null } = asked
      const { tasks, next } = await listTasks(
        database,
        { status, user, session, model, mode, sinceMs: period.sinceMs, untilMs: asked.until ? period.untilMs : null },
        { limit: asked.limit, after: isUuid(id) ? { createdAt, id } : null },
      )
      const runs = tasks.map((task) => jsonRow(taskColumns, task))
      return answer({ period: periodText(period), runs, next: next && `${next.createdAt},${next.id}` })
    },
  )
  server.registerTool(
    'explain_run',
    {
      title: 'Explain a run',
      description: `Says what a run was and, for each span (at most ${mostSpans}), its duration, tokens and cost, and whether its usage counts and why.`,
      inputSchema: { id: z.string().describe('a workflow id, a task id, or a trace id (32 hex digits)') },
      annotations,
    },
    async ({ id }) => {
      const trees = await readTrees(database, input, id)
      if (trees.length === 0) return failure(`nothing is known of ${id}: list_runs lists runs`)
      const runs = trees.map(({ task, spans }) => ({
        ...jsonRow(taskColumns, task),
        result: task.result,
        spans: spans
          .filter(({ detail }) => detail === null)
          .slice(0, mostSpans)
          .map((row) => jsonRow(spanColumns, row)),
      }))
      return answer({ runs })
    },
  )
  addSums(server, database, input)
}

function addSums(server: McpServer, database: Database, input: CommandInput): void {
  const annotations = { readOnlyHint: true, openWorldHint: false }
  server.registerTool(
    'cost',
    {
      title: 'Sum up costs',
      description:
        'Sums up what calls cost in a time, by one dimension; `unpriced` names the calls that are in no sum.',
      inputSchema: {
        by: z.enum(costDimensions).default('model'),
        since: time,
        until: time,
        compare: z.boolean().default(false).describe('also the period of the same length before'),
      },
      annotations,
    },
    async ({ by, compare, ...asked }) => {
      const period = periodOf(input, asked)
      const read = async (of: Period) => {
        const { sums, unpriced, of: what } = await readCosts(database, by, of)
        const lines = sums.map(({ costNano, ...one }) => ({
          ...one,
          cost_usd: exactUsd(costNano),
          cost_nano_usd: costNano.toString(),
        }))
        return { period: periodText(of), of: what, by, lines, unpriced }
      }
      const before = compare ? { before: await read(previousPeriod(period)) } : {}
      return answer({ ...(await read(period)), ...before })
    },
  )
  server.registerTool(
    'sql',
    {
      title: 'Query the tables',
      description: `Runs one SELECT (PostgreSQL) that can change nothing, for ${sqlTimeoutMs / 1000} s and ${mostRows} rows at most. Values are text. Bound it by time: created_at, started_at, timestamp.`,
      inputSchema: { query: z.string(), max_rows: z.int().min(1).max(mostRows).default(100) },
      annotations,
    },
    async ({ query, max_rows: rows }) => {
      let columns: readonly string[] = []
      const found: (readonly (string | null)[])[] = []
      const { hasMore } = await runTypedSql(
        database,
        query.replace(/;\s*$/, '').trim(),
        { timeoutMs: sqlTimeoutMs, rows },
        (page) => {
          columns = page.columns.map(({ name }) => name)
          found.push(...page.rows)
        },
      )
      return answer({ columns, rows: found, has_more: hasMore })
    },
  )
}

function periodOf(
  input: CommandInput,
  { since, until }: { since?: string | undefined; until?: string | undefined },
): Period {
  const options = new Map(
    Object.entries({ since, until }).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])),
  )
  return periodOption({ options, terminal: input.terminal }, '7d')
}

interface Answer {
  [key: string]: unknown
  content: { type: 'text'; text: string }[]
  isError?: boolean
}

/** An answer in JSON. One that is too long is refused with what would shorten it: a part of it would be wrong. */
function answer(content: object): Answer {
  const text = JSON.stringify(content)
  return text.length > mostCharacters
    ? failure(
        `the answer has ${text.length} characters, more than ${mostCharacters}: ask for fewer rows, columns or days`,
      )
    : { content: [{ type: 'text', text }] }
}

function failure(text: string): Answer {
  return { content: [{ type: 'text', text }], isError: true }
}
