import { budgetsOf, spentOf, type Threshold } from '../../budgets/budget.ts'
import { dayOf } from '../../budgets/periods.ts'
import { type BudgetState, readBudgets } from '../../budgets/read-state.ts'
import { exactUsd } from '../../columns.ts'
import { Misconfigured } from '../../errors.ts'
import { readOnly } from '../../queries/read-only.ts'
import type { CommandInput } from '../command-line/command.ts'
import { numberOption } from '../command-line/number-option.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import type { Column, Tone } from '../formats/table/column.ts'
import { barText, countText, moneyText, shareText } from '../formats/table/human-texts.ts'
import { isForPeople, printTable } from '../formats/table/print-table.ts'

const usualLimit = 30
const mostListed = 1_000_000
const barWidth = 20

const columns: readonly Column<BudgetState>[] = [
  { name: 'budget', head: 'BUDGET', least: 10, value: ({ budget }) => budget.name, tone: () => 'strong' },
  { name: 'per', head: 'PER', value: ({ budget }) => budget.per, optional: true, tone: () => 'faint' },
  { name: 'value', head: 'OF', least: 10, value: ({ name }) => name },
  { name: 'period', head: 'PERIOD', value: ({ budget }) => budget.period, text: periodText },
  { name: 'period_start', value: ({ start }) => start },
  {
    name: 'limit',
    head: 'LIMIT',
    align: 'right',
    value: ({ budget }) => exactAmount(budget.limit.unit, budget.limit.amount),
    text: ({ budget }) => amountText(budget.limit.unit, budget.limit.amount),
  },
  {
    name: 'spent',
    head: 'SPENT',
    align: 'right',
    value: ({ budget: { limit }, spent }) => exactAmount(limit.unit, spentOf(limit.unit, spent)),
    text: ({ budget: { limit }, spent }) => amountText(limit.unit, spentOf(limit.unit, spent)),
    tone: toneOf,
  },
  { name: 'unit', value: ({ budget }) => budget.limit.unit },
  {
    name: 'share',
    head: 'SHARE',
    align: 'right',
    value: ({ share }) => share,
    text: ({ share }) => shareText(share),
    tone: toneOf,
  },
  {
    name: 'bar',
    head: '',
    isDrawing: true,
    optional: true,
    value: ({ share }) => share,
    text: ({ share }, view) => barText(share, barWidth, view),
    tone: (state) => toneOf(state) ?? 'busy',
  },
  {
    name: 'alerts',
    head: 'ALERTS',
    value: ({ alerts }) =>
      [...alerts].flatMap(([threshold, { withdrawnAt }]) => (withdrawnAt === null ? [threshold] : [])),
    text: alertsText,
  },
  ...timesOf(80),
  ...timesOf(100),
]

function timesOf(threshold: Threshold): readonly Column<BudgetState>[] {
  const time = (at: Date | null | undefined) => at?.toISOString() ?? null
  return [
    { name: `reached_${threshold}_at`, value: ({ alerts }) => time(alerts.get(threshold)?.reachedAt) },
    { name: `withdrawn_${threshold}_at`, value: ({ alerts }) => time(alerts.get(threshold)?.withdrawnAt) },
    { name: `webhook_${threshold}`, value: ({ alerts }) => alerts.get(threshold)?.delivery ?? null },
  ]
}

/** Shows how much of each budget is spent. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config } = input
  const tenant = tenantOption(input)
  const day = dayOption(input)
  const limit = numberOption(input, 'limit', isForPeople(input) ? usualLimit : mostListed, mostListed)
  await using database = await openForReading(input, tenant)
  const budgets = budgetsOf(config.budgets, tenant)
  const rows = await readOnly(database, (session) => readBudgets(session, budgets, { tenant, day }))
  printTable(input, {
    columns,
    rows: rows.slice(0, limit),
    title: `Budgets on ${day} (days and months in UTC)`,
    notes: notesOf(budgets.length, rows, limit),
  })
}

function notesOf(budgets: number, rows: readonly BudgetState[], limit: number): string[] {
  if (budgets === 0) return ['No budget is configured: the setting `budgets` makes one (docs/budgets.md).']
  if (rows.length === 0) return ['Nothing was spent of any budget.']
  const waiting = rows.filter(({ reached, alerts }) => reached.some((one) => isMissing(alerts.get(one))))
  return [
    ...(rows.length > limit ? [`${rows.length - limit} further lines are left out: --limit shows more.`] : []),
    ...(waiting.length > 0
      ? [
          `${waiting.length} of them have no alert yet: \`spanledger serve\` with these budgets makes it, within a minute.`,
        ]
      : []),
  ]
}

function isMissing(alert: { readonly withdrawnAt: Date | null } | undefined): boolean {
  return alert === undefined || alert.withdrawnAt !== null
}

function dayOption({ options, terminal }: CommandInput): string {
  const text = options.get('day')?.[0] ?? dayOf(terminal.nowMs())
  const ms = Date.parse(text)
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(ms) && dayOf(ms) === text) return text
  throw new Misconfigured(`--day can't be ${text}: it takes a day as 2026-11-29.`)
}

function periodText({ budget, start }: BudgetState): string {
  return budget.period === 'day' ? start : start.slice(0, 7)
}

function exactAmount(unit: 'usd' | 'tokens', amount: bigint): string {
  return unit === 'usd' ? exactUsd(amount) : amount.toString()
}

function amountText(unit: 'usd' | 'tokens', amount: bigint): string {
  return unit === 'usd' ? moneyText(amount) : `${countText(Number(amount))} tok`
}

function alertsText({ alerts }: BudgetState): string {
  return [...alerts]
    .map(([threshold, { withdrawnAt }]) => `${threshold}%${withdrawnAt === null ? '' : ' withdrawn'}`)
    .join(', ')
}

function toneOf({ reached }: BudgetState): Tone | undefined {
  return reached.includes(100) ? 'bad' : reached.includes(80) ? 'strong' : undefined
}
