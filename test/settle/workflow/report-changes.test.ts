import { describe, expect, test } from 'vitest'
import { type NodeRows, noRowChanges, type Report } from '../../../src/settle/model/rows.ts'
import { eventStub } from '../../../src/settle/rows/event-stubs.ts'
import { noShare, noSums } from '../../../src/settle/share/share.ts'
import { type BilledReport, billReports } from '../../../src/settle/workflow/deduplicate-across-traces.ts'
import {
  changesOfReports,
  keepWritten,
  keptReport,
  shareOfReports,
  withBilled,
} from '../../../src/settle/workflow/report-changes.ts'
import { noPrice } from '../../support/prices.ts'
import { event, price } from '../facts.ts'
import { attemptReport, callReport, placeOf } from './reports.ts'

const rows: NodeRows = { place: placeOf(1), events: [], usage: null, report: null, tools: [], agent: null }
const billed = (...reports: Report[]): BilledReport[] => billReports(reports, price)
const none = new Set<string>()

describe('the rows of a node with a report', () => {
  test('get the usage row, or the tool row with its events', () => {
    const [call] = billed(callReport(1))
    expect(withBilled(rows, call)).toEqual({ ...rows, usage: call!.row })
    const [attempt] = billed(attemptReport(1))
    const other = { id: 'note', place: placeOf(1), fact: event('note', 1) }
    expect(withBilled({ ...rows, events: [other] }, attempt)).toEqual({
      ...rows,
      tools: [attempt!.row],
      events: [other, ...attemptReport(1).events],
    })
  })

  test('stay as they are where another report is billed, or none is known', () => {
    const lesser = billed(attemptReport(1), attemptReport(2)).find(({ row }) => row === null)
    expect(lesser).toBeDefined()
    expect([withBilled(rows, lesser), withBilled(rows, undefined)]).toEqual([rows, rows])
  })
})

describe('the changes of rows', () => {
  test('add the row of a new report', () => {
    const after = billed(callReport(1))
    expect(changesOfReports([], after, none)).toEqual({
      ...noRowChanges(),
      usage: { added: [after[0]!.row], removed: [], moved: [], reassigned: [] },
    })
  })

  test('replace the row of a call by that of a better report', () => {
    const [before, after] = [billed(callReport(1)), billed(callReport(1), callReport(2, { trust: 40 }))]
    const { usage } = changesOfReports(before, after, none)
    expect([usage.added, usage.removed].map((list) => list.map(({ id }) => id))).toEqual([['call 2'], ['call 1']])
  })

  test('replace the row and the events of an attempt by those of the next one', () => {
    const [before, after] = [billed(attemptReport(1)), billed(attemptReport(1), attemptReport(2))]
    const { tools, events } = changesOfReports(before, after, none)
    expect([tools.added, tools.removed].map((list) => list.map(({ id }) => id))).toEqual([['attempt 2'], ['attempt 1']])
    expect([events.added, events.removed].map((list) => list.map(({ id }) => id))).toEqual([['event 2'], ['event 1']])
  })

  test('write the events of a report again if it is new in this transaction', () => {
    const [stub, told] = [billed(keptReport(attemptReport(1))), billed(attemptReport(1))]
    expect(changesOfReports(stub, told, none).events.added).toEqual([])
    expect(changesOfReports(stub, told, new Set(['attempt 1'])).events.added).toEqual(attemptReport(1).events)
  })

  test('are none where nothing changed', () => {
    const all = billed(callReport(1), attemptReport(1))
    expect(changesOfReports(all, all, none)).toEqual(noRowChanges())
  })
})

describe('an event that a trace removes and its workflow adds', () => {
  const [full] = attemptReport(1).events
  const stub = { ...full!, fact: eventStub(full!.fact) }
  const other = { ...full!, id: 'other' }

  test('moves where the workflow has only a stub', () => {
    const trace = noRowChanges()
    const another = { ...full!, id: 'another' }
    trace.events.removed.push(other, full!, another)
    const { events } = noRowChanges()
    events.added.push(other, stub, { ...other, id: 'last' })
    keepWritten(events, [noRowChanges(), trace])
    expect(events).toEqual({ added: [other, { ...other, id: 'last' }], removed: [], moved: [stub], reassigned: [] })
    expect(trace.events.removed).toEqual([other, another])
  })

  test('is written where the workflow has its text, or no trace removes it', () => {
    const trace = noRowChanges()
    trace.events.removed.push(full!)
    const { events } = noRowChanges()
    events.added.push(full!, { ...stub, id: 'another' })
    keepWritten(events, [trace])
    expect([events.added.length, events.moved.length, trace.events.removed.length]).toEqual([2, 0, 1])
  })
})

test('a stored attempt has stubs for its events, and a stored call is what it was', () => {
  const report = attemptReport(1)
  expect(keptReport(report)).toEqual({
    ...report,
    events: report.events.map((row) => ({ ...row, fact: eventStub(row.fact) })),
  })
  const call = callReport(1)
  expect(keptReport(call)).toBe(call)
})

describe('the share of the reports', () => {
  const all = billed(callReport(1, { cacheRead: 10, cacheWrite: 3 }), attemptReport(1))

  test('adds up the rows', () => {
    const share = shareOfReports(noShare, changesOfReports([], all, none))
    expect(share.nodes).toBe(2)
    expect(share.sums).toEqual({
      ...noSums,
      prompt: 100,
      completion: 20,
      cacheRead: 10,
      cacheWrite: 3,
      costNano: 120n,
      calls: 1,
      cacheHits: 1,
      tools: 1,
    })
    expect([share.models, share.providers, share.tools].map((counts) => Object.fromEntries(counts))).toEqual([
      { 'gpt-4o-mini': 120 },
      { openai: 120 },
      { search: 1 },
    ])
  })

  test('takes them away again', () => {
    const share = shareOfReports(noShare, changesOfReports([], all, none))
    expect(shareOfReports(share, changesOfReports(all, [], none))).toEqual(noShare)
    expect(share.nodes, 'the share before does not change').toBe(2)
  })

  test('counts calls without a price', () => {
    const unpriced = billReports([callReport(1)], noPrice)
    expect(shareOfReports(noShare, changesOfReports([], unpriced, none)).sums).toMatchObject({
      unpriced: 1,
      cacheHits: 0,
    })
  })
})
