import { describe, expect, test } from 'vitest'
import {
  type EventRow,
  type NodeRows,
  noRowChanges,
  type RowPlace,
  type TableChanges,
} from '../../../src/settle/model/rows.ts'
import { diffEvents, diffRows, diffTable } from '../../../src/settle/rows/diff-rows.ts'
import { eventStub } from '../../../src/settle/rows/event-stubs.ts'
import { call, event, nodeOf, settled, span, tool } from '../facts.ts'

const place: RowPlace = { workflow: 'wf', agent: null, trace: 't', node: 'n' }

interface Row {
  readonly id: string
  readonly place: RowPlace
  readonly value: unknown
}

function row(id: string, value: unknown = 1, where: Partial<RowPlace> = {}): Row {
  return { id, value, place: { ...place, ...where } }
}

function diff(before: Row[], after: Row[]): TableChanges<Row> {
  const changes: TableChanges<Row> = { added: [], removed: [], moved: [], reassigned: [] }
  diffTable(before, after, changes)
  return changes
}

describe('the rows of a table', () => {
  test('that are new are added, and that are gone are removed', () => {
    expect(diff([row('a'), row('b')], [row('b'), row('c')])).toEqual({
      added: [row('c')],
      removed: [row('a')],
      moved: [],
      reassigned: [],
    })
  })

  test('with another content are removed and added', () => {
    expect(diff([row('a', 1)], [row('a', 2)])).toEqual({
      added: [row('a', 2)],
      removed: [row('a', 1)],
      moved: [],
      reassigned: [],
    })
  })

  test('with another workflow move, whatever their agent', () => {
    for (const where of [{ workflow: 'other' }, { workflow: 'other', agent: 'anna' }]) {
      const moved = row('a', 1, where)
      expect(diff([row('a')], [moved])).toEqual({ added: [], removed: [], moved: [moved], reassigned: [] })
    }
  })

  test('with another agent alone are reassigned', () => {
    const reassigned = row('a', 1, { agent: 'anna' })
    expect(diff([row('a')], [reassigned])).toEqual({ added: [], removed: [], moved: [], reassigned: [reassigned] })
  })

  test('of another node of the same task stay', () => {
    expect(diff([row('a')], [row('a', 1, { node: 'other', trace: 'other' })])).toEqual({
      added: [],
      removed: [],
      moved: [],
      reassigned: [],
    })
  })

  test('are compared through objects in them', () => {
    expect(diff([row('a', { x: { y: 1n } })], [row('a', { x: { y: 1n } })]).added).toEqual([])
    expect(diff([row('a', { x: { y: 1n } })], [row('a', { x: { y: 2n } })]).added).toHaveLength(1)
    expect(diff([row('a', null)], [row('a', { x: 1 })]).added).toHaveLength(1)
  })
})

describe('the events of a node', () => {
  const eventRow = (type: string, other: object = {}, where: Partial<RowPlace> = {}): EventRow => ({
    id: type,
    place: { ...place, ...where },
    fact: event(type, 1, other),
  })

  function diffOf(before: EventRow[], after: EventRow[], rewritten = false) {
    const { events } = noRowChanges()
    diffEvents(before, after, rewritten, events)
    return events
  }

  test('are added, removed, moved or both removed and added', () => {
    const before = [eventRow('stays'), eventRow('goes'), eventRow('moves'), eventRow('differs')]
    const moved = eventRow('moves', {}, { workflow: 'other' })
    const differs = eventRow('differs', { message: 'other' })
    expect(diffOf(before, [eventRow('stays'), moved, differs, eventRow('comes')])).toEqual({
      added: [differs, eventRow('comes')],
      removed: [eventRow('differs'), eventRow('goes')],
      moved: [moved],
      reassigned: [],
    })
    expect(diffOf([], [moved])).toEqual({ added: [moved], removed: [], moved: [], reassigned: [] })
  })

  test.each([{ message: 'other' }, { payload: '{"x":1}' }, { timeNs: 5n }, { type: 'other' }])(
    'differ by %o',
    (other) => {
      const after = { ...eventRow('a'), fact: { ...event('a', 1), ...other } }
      expect(diffOf([eventRow('a')], [after]).added).toEqual([after])
    },
  )

  test('are equal to their stubs, unless the node was replaced', () => {
    const stub = { ...eventRow('a'), fact: eventStub(event('a', 1)) }
    const after = eventRow('a', { message: 'other' })
    expect(diffOf([stub], [after]).added).toEqual([])
    expect(diffOf([after], [stub]).added).toEqual([])
    expect(diffOf([stub], [after], true)).toEqual({ added: [after], removed: [stub], moved: [], reassigned: [] })
  })
})

describe('the rows of a node', () => {
  const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
  const { trace } = settled([
    call(1, 0, {}, { kind: 'agent', agent: 'anna', workflowId: 'wf', events: [event('agent.started', 1)] }),
    span(2, 1, { kind: 'tool', tool: tool() }),
    call(3, 2, { elsewhere: true, prompt: 1 }),
    span(4, 0, { run, kind: 'tool', tool: tool(), workflowId: 'wf' }),
  ])
  const rows = (n: number) => nodeOf(trace, n).rows!
  const changesOf = (before: NodeRows | null, after: NodeRows | null) => {
    const changes = noRowChanges()
    diffRows(before, after, false, changes)
    return changes
  }

  test('are all added where there were none, and all removed where none stay', () => {
    const all = { ...rows(1), tools: rows(2).tools, report: rows(3).report }
    const { events, usage, agent, tools, report } = all
    expect([events, tools, [usage, agent, report].filter((one) => one !== null)].map(({ length }) => length)).toEqual([
      1, 1, 3,
    ])
    const added = changesOf(null, all)
    expect([added.events.added, added.usage.added, added.agents.added, added.tools.added, added.reports.added]).toEqual(
      [events, [usage], [agent], tools, [report]],
    )
    const removed = changesOf(all, null)
    expect([
      removed.events.removed,
      removed.usage.removed,
      removed.agents.removed,
      removed.tools.removed,
      removed.reports.removed,
    ]).toEqual([events, [usage], [agent], tools, [report]])
    expect(changesOf(all, all)).toEqual(noRowChanges())
  })

  test('with a report that differs in anything, its place included, add and remove it', () => {
    const report = rows(3).report!
    const others = [
      { ...report, place: { ...report.place, agent: 'bert' } },
      { ...report, startNs: 5n },
    ]
    for (const other of others)
      expect(changesOf(rows(3), { ...rows(3), report: other }).reports).toEqual({
        added: [other],
        removed: [report],
      })
    expect(changesOf(rows(3), { ...rows(3), report: { ...report } }).reports).toEqual({
      added: [],
      removed: [],
    })
  })
})
