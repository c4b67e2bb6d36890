import { isUuid } from '../../columns.ts'
import { Misconfigured } from '../../errors.ts'
import { listTasks, type TaskCursor, type TaskFilter } from '../../queries/runs/tasks.ts'
import type { CommandInput } from '../command-line/command.ts'
import { numberOption } from '../command-line/number-option.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { hasPeriod, periodOption, periodText } from '../formats/table/period.ts'
import { isForPeople, printTable } from '../formats/table/print-table.ts'
import { hasCostGaps, taskColumns } from './task-columns.ts'

const usualLimit = 30
const mostListed = 10_000

/** No index of the tables has a model or a mode: without a time, these are looked for in the last days only. */
const daysWithoutIndex = '7d'

const statuses = ['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']

/** Lists runs, the latest to arrive first, page by page. */
export async function run(input: CommandInput): Promise<undefined> {
  const filter = filterOf(input)
  const limit = numberOption(input, 'limit', usualLimit, mostListed)
  const after = cursorOption(input)
  await using database = await openForReading(input, tenantOption(input))
  const { tasks, next } = await listTasks(database, filter, { limit, after })
  const more = next === null ? [] : [`There are more: --after ${cursorText(next)} has the next ${limit}.`]
  printTable(input, {
    columns: taskColumns,
    rows: tasks,
    ...(filter.sinceMs === null ? {} : { title: `Runs that started ${periodText(periodOf(input))}` }),
    notes: [
      ...(tasks.length === 0 ? [`There is no such run in ${database.description}.`] : []),
      ...(isForPeople(input) && tasks.some(hasCostGaps)
        ? ['+ calls of the run are missing in its cost: `spanledger task` says which.']
        : []),
      ...more,
    ],
  })
}

function periodOf(input: CommandInput) {
  return periodOption(input, daysWithoutIndex)
}

function filterOf(input: CommandInput): TaskFilter {
  const option = (name: string) => input.options.get(name)?.[0] ?? null
  const status = option('status')?.toUpperCase() ?? null
  if (status !== null && !statuses.includes(status))
    throw new Misconfigured(`--status can't be ${status}: it takes ${statuses.join(', ')}.`)
  const [model, mode] = [option('model'), option('mode')]
  const period = hasPeriod(input) || model !== null || mode !== null ? periodOf(input) : null
  return {
    status,
    user: option('user'),
    session: option('session'),
    model,
    mode,
    sinceMs: period?.sinceMs ?? null,
    untilMs: period !== null && input.options.has('until') ? period.untilMs : null,
  }
}

function cursorText({ createdAt, id }: TaskCursor): string {
  return `${createdAt},${id}`
}

function cursorOption({ options }: CommandInput): TaskCursor | null {
  const text = options.get('after')?.[0]
  if (text === undefined) return null
  const [createdAt = '', id = ''] = text.split(',')
  if (Number.isNaN(Date.parse(createdAt)) || !isUuid(id))
    throw new Misconfigured(`--after can't be ${text}: it takes what the page before says.`)
  return { createdAt, id }
}
