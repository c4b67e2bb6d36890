import { createInterface } from 'node:readline/promises'
import { calcPrice } from '@pydantic/genai-prices'
import { jsonOf } from '../../assemble.ts'
import { askForMonths } from '../../budgets/ask-for-months.ts'
import { exactUsd } from '../../columns.ts'
import { Misconfigured } from '../../errors.ts'
import { comparePrices, type PriceChange, type RepriceTarget, reprice } from '../../operations/reprice.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { RunChanges, TaskSums } from '../../transaction/resettle/run-changes.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column } from '../formats/table/column.ts'
import { countText } from '../formats/table/human-texts.ts'
import { comparedCosts } from '../formats/table/money-columns.ts'
import { periodOption } from '../formats/table/period.ts'
import { isForPeople, printTable } from '../formats/table/print-table.ts'

const notDone = 3

/** Gives old calls the present prices, and says before what that changes. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { config, options, switches, writeError } = input
  if (!options.has('since')) throw new Misconfigured('say with --since from when on calls get the present prices.')
  const target: RepriceTarget = {
    sinceMs: periodOption(input, '7d').sinceMs,
    models: options.get('model') ?? null,
  }
  await using database = await openForReading(input, tenantOption(input))
  const { price } = createPrices(calcPrice, config.prices)
  const changes = await comparePrices({ database, price }, target)
  printTable(input, {
    columns,
    rows: changes.map(lineOf),
    title: 'What the present prices change, by day in UTC and model',
    total: totalOf(changes),
    notes: changes.length === 0 ? ['Every call has the present price already.'] : [],
  })
  if (changes.length === 0) return undefined
  if (switches.has('dry-run')) {
    writeError('Nothing is changed.\n')
    return undefined
  }
  if (!(await isMeant(input))) {
    writeError('Nothing is changed.\n')
    return notDone
  }
  const repriced = await reprice(
    { database, price, toJson: (text) => jsonOf(text, config) },
    target,
    openCounter(writeError),
  )
  await askForMonths(database)
  writeError(outcomeText(repriced))
  return undefined
}

/** Asks on a terminal; a script has said what it wants. */
async function isMeant(input: CommandInput): Promise<boolean> {
  if (input.switches.has('yes') || !isForPeople(input) || process.stdin.isTTY !== true) return true
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question('Write these prices? [y/N] ', { signal: input.terminal.closed })
    return /^y(es)?$/i.test(answer.trim())
  } catch {
    return false
  } finally {
    prompt.close()
  }
}

const showEveryMs = 200

/** Shows on a terminal how many runs are done. */
function openCounter(write: (text: string) => void): (changes: RunChanges) => void {
  let shownMs = 0
  return ({ runs }) => {
    if (process.stderr.isTTY !== true || performance.now() - shownMs < showEveryMs) return
    shownMs = performance.now()
    write(`\r\u001b[2K${countText(runs)} runs`)
  }
}

function outcomeText({ changedRuns, tables, before, after }: RunChanges): string {
  const erase = process.stderr.isTTY === true ? '\r\u001b[2K' : ''
  const calls = tables.token_usage.changed
  return `${erase}${calls} calls of ${changedRuns} runs have the present prices: ${sumText(before)} before, ${sumText(after)} now\n`
}

function sumText({ costNano }: TaskSums): string {
  return `$${exactUsd(costNano)}`
}

interface ChangeLine extends Omit<PriceChange, 'day'> {
  /** null: the line is the sum of all. */
  readonly day: string | null
}

function lineOf(change: PriceChange): ChangeLine {
  return change
}

function totalOf(changes: readonly PriceChange[]): ChangeLine {
  const sum = (value: (change: PriceChange) => number) => changes.reduce((all, one) => all + value(one), 0)
  const money = (value: (change: PriceChange) => bigint) => changes.reduce((all, one) => all + value(one), 0n)
  return {
    day: null,
    model: 'total',
    calls: sum(({ calls }) => calls),
    beforeNano: money(({ beforeNano }) => beforeNano),
    afterNano: money(({ afterNano }) => afterNano),
    newlyPriced: sum(({ newlyPriced }) => newlyPriced),
  }
}

const columns: readonly Column<ChangeLine>[] = [
  { name: 'day', head: 'DAY', value: ({ day }) => day, text: ({ day }) => day ?? '' },
  { name: 'model', head: 'MODEL', least: 12, value: ({ model }) => model },
  { name: 'calls', head: 'CALLS', align: 'right', value: ({ calls }) => calls },
  {
    name: 'newly_priced',
    head: 'NEWLY PRICED',
    align: 'right',
    optional: true,
    value: ({ newlyPriced }) => newlyPriced,
  },
  ...comparedCosts<ChangeLine>({ before: ['before_usd', 'BEFORE'], after: ['after_usd', 'AFTER'] }, (line) => ({
    before: line.beforeNano,
    after: line.afterNano,
  })),
]
