import { isUuid } from '../../columns.ts'
import { type ExplainedTrace, explainTrace } from '../../explain/explain-trace.ts'
import { readTask } from '../../queries/runs/tasks.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { escapedText } from '../../terminal-text.ts'
import { readBilledReports, readTraces } from '../../transaction/read/read-traces.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { exactText } from '../formats/table/column.ts'
import { isForPeople, jsonRow, pickedColumns, printTable, viewOf } from '../formats/table/print-table.ts'
import { painter } from '../formats/table/terminal/paint.ts'
import { type SpanRow, spanColumns, spanRows } from './span-rows.ts'
import { taskColumns } from './task-columns.ts'
import { type TaskWithResult, taskHeader } from './task-header.ts'

const nothingIsKnown = 1

/** A run with its spans. */
interface TaskTree {
  readonly task: TaskWithResult
  readonly spans: readonly SpanRow[]
}

/** Shows a run: what it is, then its spans as a tree, with what counted, and what did not and why. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const [id = ''] = input.args
  await using database = await openForReading(input, tenantOption(input))
  const trees = await readTrees(database, input, id)
  if (trees.length === 0) {
    input.writeError(
      `Nothing is known of ${escapedText(id)} in ${database.description}: \`spanledger tasks\` lists runs.\n`,
    )
    return nothingIsKnown
  }
  const picked = pickedColumns(input, treeColumns)
  if (picked !== null) {
    const objects = trees.map((tree) => jsonRow(picked, tree))
    input.write(`${JSON.stringify(objects.length === 1 ? objects[0] : objects, null, 2)}\n`)
  } else for (const [i, tree] of trees.entries()) printTree(input, tree, i === 0)
  return undefined
}

/** The columns of `--json`: those of the run's row, its result, and its spans. */
const treeColumns: readonly Column<TaskTree>[] = [
  ...taskColumns.map(({ name, value }): Column<TaskTree> => ({ name, value: ({ task }) => value(task) })),
  { name: 'result', value: ({ task }) => task.result },
  {
    name: 'spans',
    value: ({ spans }) => spans.filter(({ detail }) => detail === null).map((row) => jsonRow(spanColumns, row)),
  },
]

/** Reads the run of a workflow or task id, or the runs of a trace. */
export async function readTrees(
  database: Database,
  { config }: Pick<CommandInput, 'config'>,
  id: string,
): Promise<TaskTree[]> {
  // most of a megabyte, which no other of the quick commands needs (light.ts)
  const { calcPrice } = await import('@pydantic/genai-prices')
  const { price } = createPrices(calcPrice, config.prices)
  const explained = async (of: string) => {
    const traces = await readTraces(database, price, of)
    const billed = await readBilledReports(database, traces)
    return traces.map((trace) => explainTrace(trace, billed))
  }
  const named = await readTask(database, id)
  if (named !== undefined)
    return [{ task: named, spans: spanRows(await explained(named.workflow_id), named.workflow_id) }]
  const traces = isUuid(id) ? await explained(id) : []
  const trees: TaskTree[] = []
  for (const workflow of workflowsIn(traces)) {
    const task = await readTask(database, workflow)
    if (task !== undefined) trees.push({ task, spans: spanRows(traces, workflow) })
  }
  return trees
}

function workflowsIn(traces: readonly ExplainedTrace[]): Set<string> {
  const found = new Set<string>()
  const walk = ({ workflow, children }: ExplainedTrace['spans'][number]) => {
    if (workflow !== null) found.add(workflow)
    children.forEach(walk)
  }
  for (const { spans } of traces) spans.forEach(walk)
  return found
}

function printTree(input: CommandInput, { task, spans }: TaskTree, isFirst: boolean): void {
  const { terminal, write } = input
  if (!isFirst) write('\n')
  if (isForPeople(input))
    write(`${taskHeader(task, { width: terminal.width!, view: viewOf(input), paint: painter(terminal.colors) })}\n`)
  else if (!input.switches.has('csv')) write(`${pipeHeader(task)}\n`)
  printTable(input, {
    columns: spanColumns,
    rows: spans,
    isSentence: ({ detail }) => detail !== null,
    notes:
      spans.length === 0 ? [`The spans of this run are not kept any more: \`spanledger tail\` has its events.`] : [],
  })
}

function pipeHeader(task: TaskWithResult): string {
  const fields = [
    ...taskColumns.map(({ name, value }) => [name, exactText(value(task))]),
    ['result', task.result ?? ''],
  ]
  return fields.map(([name, text]) => `${name}\t${escapedText(text!)}\n`).join('')
}
