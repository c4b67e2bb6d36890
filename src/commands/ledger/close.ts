import { calcPrice } from '@pydantic/genai-prices'
import { jsonOf } from '../../assemble.ts'
import { Misconfigured } from '../../errors.ts'
import { type CloseRequest, type CloseResult, closeRun } from '../../operations/close-run.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import { escapedText } from '../../terminal-text.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { jsonRow } from '../formats/table/print-table.ts'
import { taskColumns } from '../look/task-columns.ts'

const nothingIsKnown = 1
const stillRunning = 3
const hasEnded = 4

const statuses = { completed: 'COMPLETED', failed: 'FAILED', cancelled: 'CANCELLED' } as const

/** States the end of a run whose own end never came. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { args, config, options, switches, terminal, write, writeError } = input
  const [id = ''] = args
  const request: CloseRequest = {
    id,
    status: statusOption(input),
    reason: options.get('reason')?.[0] ?? null,
    endMs: endOption(input),
    nowMs: terminal.nowMs(),
    isDry: switches.has('dry-run'),
  }
  await using database = await openForReading(input, tenantOption(input))
  const { price } = createPrices(calcPrice, config.prices)
  const result = await closeRun({ database, price, toJson: (text) => jsonOf(text, config) }, request)
  if (switches.has('json')) {
    const { outcome, task } = result
    write(`${JSON.stringify({ outcome, task: task && jsonRow(taskColumns, task) }, null, 2)}\n`)
  }
  switch (result.outcome) {
    case 'unknown':
      writeError(
        `Nothing is known of ${escapedText(id)} in ${database.description}: \`spanledger tasks\` lists runs.\n`,
      )
      return nothingIsKnown
    case 'ended':
      writeError(`${nameOf(result)} has ended by itself: it is ${result.task?.status}, and stays so.\n`)
      return hasEnded
    case 'unfounded':
      writeError(
        `${nameOf(result)} is RUNNING all the same: a part of it began later than that, or the ledger keeps its spans no longer.\n`,
      )
      return stillRunning
    case 'closed':
      if (!switches.has('json')) write(closedText(result, request))
  }
  return undefined
}

function nameOf({ task }: CloseResult): string {
  return escapedText(task?.workflow_id ?? '')
}

function closedText(result: CloseResult, { status, isDry }: CloseRequest): string {
  if (isDry) return `Nothing is changed: ${nameOf(result)} is ${result.task?.status} and would be ${status}\n`
  return `${nameOf(result)} is closed as ${result.task?.status}; an end of its own that comes later counts instead\n`
}

function statusOption({ options }: CommandInput): CloseRequest['status'] {
  const text = options.get('status')?.[0] ?? ''
  const status = Object.entries(statuses).find(([name]) => name === text.toLowerCase())?.[1]
  if (status === undefined)
    throw new Misconfigured(`--status can't be ${text || 'left out'}: it takes completed, failed or cancelled.`)
  return status
}

function endOption({ options }: CommandInput): number | null {
  const text = options.get('ended')?.[0]
  if (text === undefined) return null
  const ms = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new Misconfigured(`--ended can't be ${text}: it takes a time as 2026-11-01T12:00:00Z.`)
  return ms
}
