import { expect, test } from 'vitest'
import {
  type AgentEntry,
  factTableNames,
  factTables,
  type TaskEntry,
  type UsageEntry,
} from '../../../src/transaction/tables/fact-tables.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { changeOf, shareOf } from '../changes.ts'

const catalog = `
  select a.attname as name, t.typname as type, a.attnotnull as "notNull", case when a.atttypmod > 4 then a.atttypmod - 4 end as length
  from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`
/** The names of types that PostgreSQL has others for. */
const types: Record<string, string> = { boolean: 'bool' }
/** The columns that only platforms with older tables have. */
const older = ['task_execution_id', 'error_message', 'executed_at']

test.each(Object.values(factTables))('the columns of $name are those of the migrations', async ({ name, columns }) => {
  await using ledger = await freshLedger()
  expect(factTableNames).toContain(name)
  const { rows } = await ledger.client.query(catalog, [name])
  const byName = new Map(rows.map((row) => [row.name, row]))
  for (const column of columns) {
    const there = byName.get(column.name)
    if (there === undefined) {
      expect(older, column.name).toContain(column.name)
      continue
    }
    const type = types[column.type] ?? column.type
    expect([type, 'varchar'], column.name).toContain(there.type)
    if (there.type === 'varchar') expect(there.length, column.name).toBe(column.length)
    if (there.notNull) expect(column.nullable, column.name).toBeUndefined()
  }
})

function contentOf<Row>(
  columns: readonly { readonly name: string; readonly value: (row: Row) => unknown }[],
  row: Row,
  name: string,
) {
  return columns.find((column) => column.name === name)!.value(row)
}

test('a sum that is larger than its column is the column’s last value', () => {
  const workflow = changeOf('wf')
  const usage = { row: { prompt: 2_147_483_647, completion: 9 }, workflow } as UsageEntry
  expect(contentOf(factTables.usage.columns, usage, 'total_tokens')).toBe(2_147_483_647)
  const agent = { row: { tokens: 2 ** 40, model: 'm'.repeat(300) }, workflow } as AgentEntry
  expect(contentOf(factTables.agents.columns, agent, 'tokens_used')).toBe(2_147_483_647)
  expect(contentOf(factTables.agents.columns, agent, 'model_used')).toHaveLength(100)
  const task = {
    row: { ...changeOf('wf', undefined, shareOf(1)).after!.row, costNano: 2n ** 64n },
    userId: null,
  } as TaskEntry
  expect(contentOf(factTables.tasks.columns, task, 'total_cost_nano_usd')).toBe(2n ** 63n - 1n)
})

test('the task of an agent’s run is written as text with dashes', () => {
  const agent = { row: {}, workflow: { ...changeOf('wf'), task: '0af7651916cd43dd8448eb211c80319c' } } as AgentEntry
  expect(contentOf(factTables.agents.columns, agent, 'task_id')).toBe('0af76519-16cd-43dd-8448-eb211c80319c')
})
