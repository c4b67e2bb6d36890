import { expect, test } from 'vitest'
import { noRowChanges, type ToolRow } from '../../../src/settle/model/rows.ts'
import { arrivingByWorkflow, gather } from '../../../src/transaction/tables/destination.ts'
import { factTables } from '../../../src/transaction/tables/fact-tables.ts'
import { watchRows } from '../../../src/transaction/tables/missing-rows.ts'
import { changeOf } from '../changes.ts'

const row = (id: string, workflow: string) => ({ id, place: { workflow, agent: null, trace: '', node: '' } }) as ToolRow

test('the rows of one kind are gathered from all changes', () => {
  const [first, second] = [noRowChanges(), noRowChanges()]
  first.tools.added.push(row('1', 'wf'))
  second.tools.added.push(row('2', 'wf'))
  second.tools.removed.push(row('3', 'wf'))
  first.tools.reassigned.push(row('4', 'wf'))
  const gathered = gather([first.tools, second.tools])
  expect(gathered).toEqual({
    added: [row('1', 'wf'), row('2', 'wf')],
    removed: [row('3', 'wf')],
    moved: [],
    reassigned: [row('4', 'wf')],
  })
})

test('added and moved rows are grouped by their workflows', () => {
  const workflows = [changeOf('a'), changeOf('b'), changeOf('c')]
  const byId = new Map(workflows.map((change) => [change.workflow, change]))
  const watch = watchRows(workflows, new Map())
  const destination = { workflows, byId, users: () => null, tables: factTables, watch }
  const rows = { added: [row('1', 'b'), row('2', 'a')], removed: [row('3', 'a')], moved: [row('4', 'b')] }
  const arriving = [...arrivingByWorkflow(destination, rows)].map(([{ workflow }, list]) => [
    workflow,
    list.map(({ row, isNew }) => [row.id, isNew]),
  ])
  expect(arriving).toEqual([
    ['a', [['2', true]]],
    [
      'b',
      [
        ['1', true],
        ['4', false],
      ],
    ],
    ['c', []],
  ])
})
