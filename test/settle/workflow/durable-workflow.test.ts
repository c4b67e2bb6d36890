import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { at, chat, type Ledger, ledgerOf, type SpanSketch, spansOfScope, tool } from '../temporal.ts'

/** Checks the rows for several orders of arrival. */
function shuffled(spans: readonly Facts[], holds: (ledger: Ledger) => void): void {
  const orders = fc.shuffledSubarray([...spans], { minLength: spans.length })
  fc.assert(
    fc.property(orders, (order) => {
      holds(ledgerOf(order))
    }),
    { numRuns: 20 },
  )
}

const ids = { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1' }
const client = { temporalWorkflowID: 'wf-1' }
const second = { temporalWorkflowID: 'wf-1', temporalRunID: 'run-2' }

describe('.NET', () => {
  const workflow = spansOfScope('Temporalio.Extensions.OpenTelemetry.Workflow')
  const activity = spansOfScope('Temporalio.Extensions.OpenTelemetry.Activity')
  const started = spansOfScope('Temporalio.Extensions.OpenTelemetry.Client')
  // the spans that mark start and end take some microseconds
  const mark = (name: string, ms: number, sketch: Omit<SpanSketch, 'at'>): Facts =>
    workflow(name, { attributes: ids, ...sketch, at: [ms, ms + 0.02] })
  const run = [
    started('StartWorkflow:Trip', { id: 1, at: [0, 9], attributes: client }),
    mark('RunWorkflow:Trip', 10, { id: 2, under: 1 }),
  ]
  const search = [
    mark('StartActivity:Search', 11, { id: 3, under: 2 }),
    activity('RunActivity:Search', {
      id: 4,
      under: 3,
      at: [20, 90],
      attributes: { ...ids, temporalActivityID: '1' },
      failed: ['System.TimeoutException', 'no answer (try 1)'],
    }),
    chat({ id: 5, under: 4, at: [21, 50] }),
    tool('search', { id: 6, under: 4, at: [51, 90], failed: ['System.TimeoutException', 'no answer (try 1)'] }),
    activity('RunActivity:Search', {
      id: 7,
      under: 3,
      at: [300, 400],
      attributes: { ...ids, temporalActivityID: '1' },
    }),
    chat({ id: 8, under: 7, at: [301, 350] }),
    tool('search', { id: 9, under: 7, at: [351, 399] }),
  ]

  test('a task runs until the span that marks its end, a child of the span that marks its start', () => {
    shuffled(run, ({ tasks }) => expect(tasks.get('wf-1')).toMatchObject({ status: 'RUNNING', startedNs: at(10) }))
    shuffled(
      [...run, ...search, mark('CompleteWorkflow:Trip', 410, { id: 10, under: 2 })],
      ({ tasks, tools, usage }) => {
        expect([...tasks.keys()]).toEqual(['wf-1'])
        expect(tasks.get('wf-1')).toMatchObject({ status: 'COMPLETED', completedNs: at(410.02), total: 240 })
        expect(tools).toMatchObject([{ name: 'search', attempts: 2, success: true, input: '{"to":"Lisbon"}' }])
        expect(usage).toHaveLength(2)
      },
    )
  })

  test('a task fails with the error of its activity, or is cancelled', () => {
    const type = 'Temporalio.Exceptions.ActivityFailureException'
    const end = (failed: SpanSketch['failed'] & object): Facts =>
      mark('CompleteWorkflow:Trip', 410, { id: 10, under: 2, failed })
    shuffled([...run, ...search, end([type, 'Activity task failed'])], ({ tasks }) =>
      expect(tasks.get('wf-1')).toMatchObject({ status: 'FAILED', error: 'Activity task failed: no answer (try 1)' }),
    )
    const inner = `${type}: Activity task failed\n ---> Temporalio.Exceptions.CanceledFailureException: stop\n   at a.b()`
    shuffled([...run, end([type, 'Activity task failed', inner])], ({ tasks }) =>
      expect(tasks.get('wf-1')).toMatchObject({ status: 'CANCELLED', error: null }),
    )
  })

  test('a failed workflow task and a failed update do not end the workflow', () => {
    const retried = mark('WorkflowTaskFailure:Trip', 11, { id: 10, under: 2, failed: ['System.Exception', 'a bug'] })
    const type = 'Temporalio.Exceptions.ApplicationFailureException'
    const update = mark('CompleteUpdate:budget', 12, { id: 11, under: 2, failed: [type, 'too much'] })
    shuffled([...run, retried, update], ({ tasks }) => expect(tasks.get('wf-1')!.status).toBe('RUNNING'))
  })
})

describe('Ruby', () => {
  const ruby = spansOfScope('trips')
  const start = ruby('StartWorkflow:Trip', { id: 1, at: [0, 9], attributes: client })
  const first = ruby('RunWorkflow:Trip', { id: 2, under: 1, at: 10, attributes: ids })

  test('the end of a run that another run follows is no failure, though its span has an error', () => {
    const failed = ['Temporalio::Workflow::ContinueAsNewError', 'Continue as new'] as const
    const end = ruby('CompleteWorkflow:Trip', { id: 3, under: 2, at: 500, attributes: ids, failed })
    shuffled([start, first, end], ({ tasks }) => expect(tasks.get('wf-1')!.status).toBe('RUNNING'))
    const next = ruby('RunWorkflow:Trip', { id: 4, under: 2, at: 510, attributes: second })
    const last = ruby('CompleteWorkflow:Trip', { id: 5, under: 4, at: 900, attributes: second })
    shuffled([start, first, end, next, last], ({ tasks }) =>
      expect(tasks.get('wf-1')).toMatchObject({ status: 'COMPLETED', startedNs: at(10), completedNs: at(900) }),
    )
  })

  test('a failed workflow task does not end the workflow, though its span is named CompleteWorkflow', () => {
    const end = (id: number, ms: number, failed?: SpanSketch['failed'] & object): Facts =>
      ruby('CompleteWorkflow:Trip', { id, under: 2, at: ms, attributes: ids, ...(failed && { failed }) })
    const bug = end(3, 20, ['NoMethodError', 'undefined method'])
    shuffled([start, first, bug], ({ tasks }) => expect(tasks.get('wf-1')!.status).toBe('RUNNING'))
    shuffled([start, first, bug, end(4, 900)], ({ tasks }) => expect(tasks.get('wf-1')!.status).toBe('COMPLETED'))
    const failure = end(4, 900, ['Temporalio::Error::ApplicationError', 'no room'])
    shuffled([start, first, bug, failure], ({ tasks }) =>
      expect(tasks.get('wf-1')).toMatchObject({ status: 'FAILED', error: 'no room', completedNs: at(900) }),
    )
  })
})

test('Python: a failed update does not end the workflow, though its span is named CompleteWorkflow', () => {
  const python = spansOfScope('temporalio.contrib.opentelemetry._interceptor')
  const failed = ['temporalio.exceptions.ApplicationError', 'a budget can not be negative'] as const
  const spans = [
    python('StartWorkflow:Trip', { id: 1, at: [0, 9], attributes: client }),
    python('RunWorkflow:Trip', { id: 2, under: 1, at: 10, attributes: ids }),
    python('HandleUpdate:budget', { id: 3, under: 1, at: 200, attributes: ids }),
    python('CompleteWorkflow:Trip', { id: 4, under: 1, at: 200, attributes: ids, failed, status: 0 }),
    python('CompleteWorkflow:Trip', { id: 5, under: 1, at: 700, attributes: ids }),
  ]
  shuffled(spans, ({ tasks }) =>
    expect(tasks.get('wf-1')).toMatchObject({ status: 'COMPLETED', error: null, completedNs: at(700) }),
  )
})

describe('Python without a traced starter', () => {
  const python = spansOfScope('temporalio.contrib.opentelemetry._interceptor')
  // the workflow makes no spans, so each attempt has a trace of its own
  const attempt = (n: number, start: number, failed?: SpanSketch['failed'] & object): Facts[] => {
    const attributes = { ...ids, temporalActivityID: '2' }
    const other = { trace: n, ...(failed && { failed }) }
    return [
      python('RunActivity:SearchFlights', { id: 1, at: [start, start + 90], attributes, ...other }),
      tool('search_flights', { id: 2, under: 1, at: [start + 1, start + 40], ...other }),
      tool('search_flights', { id: 3, under: 1, at: [start + 41, start + 80], ...other }),
      chat({ id: 4, under: 1, at: [start + 81, start + 89], trace: n }),
    ]
  }
  const timedOut = (n: number): SpanSketch['failed'] & object => ['RuntimeError', `timed out (try ${n})`]

  test('the attempts at an activity make one row for each tool run, and every model call is billed', () => {
    const spans = [...attempt(1, 0, timedOut(1)), ...attempt(2, 300, timedOut(2)), ...attempt(3, 600)]
    shuffled(spans, ({ tasks, tools, usage, events }) => {
      expect([...tasks]).toMatchObject([['wf-1', { status: 'RUNNING', startedNs: at(0), tools: 2, total: 360 }]])
      expect(tools).toMatchObject([
        { name: 'search_flights', attempts: 3, success: true, endNs: at(640) },
        { name: 'search_flights', attempts: 3, success: true, endNs: at(680) },
      ])
      expect(usage).toHaveLength(3)
      expect(events.filter(({ fact }) => fact.type === 'tool.called')).toHaveLength(2)
    })
  })

  test('activities of another run have rows of their own', () => {
    const run = { ...second, temporalActivityID: '2' }
    const elsewhere = [
      python('RunActivity:SearchFlights', { id: 1, at: [900, 950], attributes: run, trace: 4 }),
      tool('search_flights', { id: 2, under: 1, at: [901, 940], trace: 4 }),
    ]
    shuffled([...attempt(1, 0), ...elsewhere], ({ tools }) => expect(tools).toHaveLength(3))
  })
})

describe('spans that name no workflow', () => {
  const go = spansOfScope('temporal-sdk-go')
  const app = spansOfScope('shop')
  const root = app('POST /trips', { id: 1, at: [0, 500], attributes: { workflow_id: 'order-7', query: 'a trip' } })

  test('a schedule that is created inside a task does not keep the task running', () => {
    const schedule = go('CreateSchedule:nightly', { id: 2, under: 1, at: [10, 20] })
    const scheduled = go('RunWorkflow:Trip', { id: 3, under: 2, at: [86_400_000, 86_400_900], attributes: ids })
    shuffled([root, schedule, scheduled], ({ tasks }) => {
      expect(tasks.get('order-7')).toMatchObject({ status: 'COMPLETED', completedNs: at(500) })
      expect(tasks.get('wf-1')).toMatchObject({ status: 'COMPLETED', startedNs: at(86_400_000) })
    })
  })

  test('an activity without a workflow belongs to the task that started it, and its attempts are one tool row', () => {
    const attempt = (id: number, start: number, failed?: SpanSketch['failed'] & object): Facts =>
      go('RunActivity:Search', {
        id,
        under: 2,
        at: [start, start + 50],
        attributes: {
          temporalActivityID: 'search-1',
          temporalWorkflowID: '',
          temporalRunID: '',
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'search',
        },
        ...(failed && { failed }),
      })
    const start = go('StartActivity:Search', {
      id: 2,
      under: 1,
      at: [10, 20],
      attributes: { temporalActivityID: 'search-1' },
    })
    const attempts = [attempt(3, 30, ['*errors.errorString', 'no answer']), attempt(4, 300)]
    shuffled([root, start, ...attempts], ({ tasks, tools }) => {
      expect([...tasks]).toMatchObject([['order-7', { status: 'COMPLETED' }]])
      expect(tools).toMatchObject([{ name: 'search', attempts: 2, success: true }])
    })
  })
})
