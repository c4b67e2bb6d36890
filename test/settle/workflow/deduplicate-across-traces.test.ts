import { describe, expect, test } from 'vitest'
import type { Report } from '../../../src/settle/model/rows.ts'
import { usageRow } from '../../../src/settle/usage/usage-row.ts'
import { billReports, reportKeys } from '../../../src/settle/workflow/deduplicate-across-traces.ts'
import { at, price } from '../facts.ts'
import { attemptReport, callReport } from './reports.ts'

/** By the id of each report that is no row: the better one; in any order of the reports. */
function better(...reports: Report[]): Record<string, string> {
  const [one, other] = [reports, reports.toReversed()].map((order) => {
    const lesser = billReports(order, price).filter(({ row }) => row === null)
    return Object.fromEntries(lesser.map(({ report, better: id }) => [report.id, id!]))
  })
  expect(one).toEqual(other)
  return one!
}

describe('the reports of a call', () => {
  test('that is reported once become its row', () => {
    const report = callReport(1, { cacheRead: 4 })
    const { id, place, usage, endNs } = report
    const others = { responseId: null, durationMs: null, error: null }
    expect(billReports([report], price)).toEqual([
      { report, row: usageRow({ id, place, usage, ...others, endNs }, price), better: null },
    ])
  })

  test('from two traces are one row, that of the more trusted one', () => {
    expect(better(callReport(1, { trust: 10 }), callReport(2))).toEqual({ 'call 1': 'call 2' })
  })

  test('with one response id are one row, whatever their counters and times', () => {
    const id = { responseId: 'r' }
    expect(better(callReport(1, id), callReport(2, { ...id, prompt: 7 }, { startNs: at(90), endNs: at(91) }))).toEqual({
      'call 2': 'call 1',
    })
  })

  test('of one origin, or at other times, are several rows', () => {
    expect(better(callReport(1), callReport(2, {}, { origin: 'origin 1' }))).toEqual({})
    expect(better(callReport(1), callReport(2, {}, { startNs: at(3), endNs: at(4) }))).toEqual({})
  })

  test('of equal trust: the smaller span id counts, and of equal ids that of the smaller trace', () => {
    const place = { ...callReport(1).place, trace: 'trace 0' }
    expect(better(callReport(1), callReport(2, {}, { place }))).toEqual({ 'call 1': 'call 2' })
  })

  test('complete each other where their counters are equal, the most trusted first', () => {
    const responseId = 'r'
    const reports = [
      callReport(1, { responseId, trust: 40 }),
      callReport(2, { responseId, trust: 10, cacheRead: 9, reasoning: 1 }),
      callReport(3, { responseId, trust: 20, cacheRead: 8 }),
      callReport(4, { responseId, trust: 30, prompt: 7, cacheRead: 7, cacheHit: true, statedCostNano: 5 }),
    ]
    const rows = billReports(reports, price).flatMap(({ row }) => row ?? [])
    expect(rows).toMatchObject([{ id: 'call 1', cacheRead: 8, cacheHit: true, costNano: 120n }])
  })

  test('that are sums and no calls are rows of their own', () => {
    expect(better(callReport(1, { role: 'aggregate' }), callReport(2, { role: 'aggregate' }))).toEqual({})
  })
})

describe('the attempts at a tool run', () => {
  test('are one row, that of the last attempt, with their number', () => {
    const reports = [1, 2, 3].map((n) => attemptReport(n))
    expect(better(...reports)).toEqual({ 'attempt 1': 'attempt 2', 'attempt 2': 'attempt 3' })
    const rows = billReports(reports, price).flatMap(({ row }) => row ?? [])
    expect(rows).toEqual([{ ...reports[2]!.tool, attempts: 3 }])
  })

  test('of another run are another row', () => {
    expect(better(attemptReport(1), attemptReport(2, 'other'))).toEqual({})
  })

  test('that started at one moment are in the order of their ids', () => {
    expect(better(attemptReport(1, 'run', { startNs: at(5) }), attemptReport(2, 'run', { startNs: at(5) }))).toEqual({
      'attempt 1': 'attempt 2',
    })
  })
})

test('the stored keys of reports keep their format', () => {
  expect(reportKeys(callReport(1))).toEqual(['chat 100 20'])
  expect(reportKeys(callReport(1, { responseId: 'r' }))).toEqual(['chat 100 20', 'chat r'])
  expect(reportKeys(attemptReport(1))).toEqual(['attempts at run'])
})
