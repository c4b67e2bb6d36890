import { calcPrice } from '@pydantic/genai-prices'
import { jsonOf } from '../../assemble.ts'
import { askForMonths } from '../../budgets/ask-for-months.ts'
import { Misconfigured } from '../../errors.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import { resettle } from '../../transaction/resettle/resettle.ts'
import type { RunChanges, TaskSums } from '../../transaction/resettle/run-changes.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

/** Settles traces again by the rules of this version, and says what has changed. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, options, switches, write } = input
  const since = options.get('since')?.[0] ?? null
  if (since !== null && !isDate(since)) throw new Misconfigured(`--since ${since} is no date; write it as 2026-09-01`)
  await using database = await openForReading(input, tenantOption(input))
  const { price } = createPrices(calcPrice, config.prices)
  const toJson = (text: string) => jsonOf(text, config)
  const changes = await resettle({ database, price, toJson }, { since, all: switches.has('all') })
  if (changes.changedRuns > 0) await askForMonths(database)
  if (switches.has('json')) return write(`${JSON.stringify(changes, (_, value: unknown) => asNumber(value))}\n`)
  if (changes.runs === 0) return write('Every run was settled by the rules of this version already\n')
  write(textTable(['table', 'added', 'changed', 'removed'], linesOf(changes)))
  write(`${changes.runs} runs are settled again, of which ${changes.changedRuns} have changed\n`)
  write(`before: ${sumsText(changes.before)}\nafter:  ${sumsText(changes.after)}\n`)
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

function asNumber(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function linesOf({ tables }: RunChanges): string[][] {
  return Object.entries(tables).map(([table, { added, changed, removed }]) => [
    table,
    ...[added, changed, removed].map(String),
  ])
}

function sumsText({ tasks, tokens, costNano }: TaskSums): string {
  return `${tasks} tasks, ${tokens} tokens, $${(Number(costNano) / 1e9).toFixed(6)}`
}
