import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

const python = 'temporalio.contrib.opentelemetry._interceptor'
const plugin = 'temporalio.contrib.opentelemetry._otel_interceptor'
const ids = { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1' }
const start = spanWith({}).startTimeUnixNano
const error = { status: { code: 2, message: 'it broke' } }

interface Told extends Partial<Omit<Span, 'scope' | 'name' | 'attributes'>> {
  readonly scope?: string
}

function facts(name: string, attributes: Record<string, AnyValue>, { scope, ...other }: Told = {}): Facts {
  const named = {
    name: scope ?? 'temporal-sdk-go',
    version: '',
    attributes: new Map<string, AnyValue>(),
    schemaUrl: '',
  }
  return mapSpan(spanWith(attributes, { ...other, name, scope: named }), options)
}

function failed(type: string, message: string, stacktrace = ''): Pick<Span, 'events' | 'status'> {
  const exception = { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stacktrace }
  return { ...error, events: [spanEvent('exception', exception)] }
}

describe('ids', () => {
  test.each([
    ['temporal-sdk-go', { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1' }],
    ['@temporalio/interceptor-activity', { temporalWorkflowId: 'wf-1', run_id: 'run-1' }],
    ['@temporalio/interceptor-workflow', { workflowId: 'wf-1', runId: 'run-1' }],
    ['opentracing-shim', { workflowId: 'wf-1', runId: 'run-1' }],
    ['a tracer of their own', { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1' }],
  ])('%s', (scope, attributes) => {
    expect(facts('StartActivity:Search', attributes as Record<string, AnyValue>, { scope })).toMatchObject({
      workflowId: 'wf-1',
      kind: 'plain',
      dialect: 'Temporal',
      run: { role: 'inside', run: 'run-1', activity: null },
    })
  })

  test('a child names its parent', () => {
    const info = { workflowId: 'child', runId: 'run-2', parent: new Map([['workflowId', 'wf-1']]) }
    const child = facts('RunWorkflow:Research', info, { scope: '@temporalio/interceptor-workflow' })
    expect(child).toMatchObject({
      workflowId: 'child',
      statements: { parentWorkflow: 'wf-1', workflowName: 'Research' },
    })
    const java = { workflowId: 'child', parentWorkflowId: 'wf-1', parentRunId: 'run-1' }
    expect(facts('StartChildWorkflow:Research', java, { scope: 'opentracing-shim' })).toMatchObject({
      workflowId: 'child',
      statements: { parentWorkflow: 'wf-1' },
    })
  })

  test('other spans with such names or scopes are of other dialects', () => {
    expect(facts('RunWorkflow:Trip', { workflowId: 'wf-1' }, { scope: 'my-app' }).run).toBeNull()
    expect(facts('GET /', { workflowId: 'wf-1' }, { scope: 'opentracing-shim' })).toMatchObject({
      workflowId: null,
      run: null,
    })
  })
})

describe('a run:', () => {
  test.each([
    ['unset is the end unless the run goes on, for Go', {}, {}, 'copy'],
    ['an error is final', {}, error, 'end'],
    ['OK is final', { scope: '@temporalio/interceptor-workflow' }, { status: { code: 1, message: '' } }, 'end'],
    ['the Python plugin makes the span once', { scope: plugin }, {}, 'end'],
    ['a mark without a duration is its beginning', { scope: python }, { endTimeUnixNano: start }, 'open'],
    ['Java does as Go does, in its newer plugin', { scope: 'temporal-sdk-java' }, {}, 'copy'],
  ])('%s', (_, scope, other, role) => {
    expect(facts('RunWorkflow:Trip', ids, { ...scope, ...other })).toMatchObject({ kind: 'workflow', run: { role } })
  })

  test('a span of Java that left the cache is open', () => {
    const scope = 'opentracing-shim'
    expect(facts('RunWorkflow:Trip', { ...ids, evicted: true }, { scope }).run?.role).toBe('open')
    expect(facts('RunWorkflow:Trip', ids, { scope }).run?.role).toBe('end')
  })

  test.each([
    ['opentracing-shim', 'java.lang.NullPointerException', 'open'],
    ['opentracing-shim', 'io.temporal.failure.ApplicationFailure', 'end'],
    ['@temporalio/interceptor-workflow', 'TypeError', 'open'],
    ['@temporalio/interceptor-workflow', 'CancelledFailure', 'end'],
    ['temporal-sdk-go', '*errors.errorString', 'end'],
  ])('%s: after %s only a workflow task failed, and the run is open', (scope, type, role) => {
    expect(facts('RunWorkflow:Trip', ids, { scope, ...failed(type, 'it broke') }).run?.role).toBe(role)
  })

  test.each([
    ['temporal-sdk-go', '*internal.ApplicationError'],
    ['@temporalio/interceptor-workflow', 'ApplicationFailure'],
  ])('a benign failure without a status ends the run: %s', (scope, type) => {
    const benign = { ...failed(type, 'nothing to do'), status: { code: 0, message: '' } }
    expect(facts('RunWorkflow:Trip', ids, { scope, ...benign })).toMatchObject({
      outcome: 'error',
      error: 'nothing to do',
      run: { role: 'end' },
    })
  })

  test('continued as new: the run is over, the workflow is not', () => {
    const go = failed('*internal.ContinueAsNewError', 'continue as new')
    expect(facts('RunWorkflow:Trip', ids, go)).toMatchObject({ outcome: 'ok', run: { role: 'continued' } })
    const scope = '@temporalio/interceptor-workflow'
    expect(facts('ContinueAsNew:Trip', { workflowId: 'wf-1', runId: 'run-1' }, { scope })).toMatchObject({
      kind: 'plain',
      run: { role: 'continued' },
    })
  })

  test.each([
    ['*internal.CanceledError', 'canceled', ''],
    ['*internal.ActivityError', 'activity error (type: Download, scheduledEventID: 11): canceled', ''],
    ['CancelledFailure', 'Workflow cancelled', ''],
    ['ActivityFailure', 'Activity cancelled', ''],
    ['temporalio.exceptions.ActivityError', 'Activity cancelled', ''],
    ['io.temporal.failure.CanceledFailure', 'Child canceled', ''],
    [
      'io.temporal.failure.ActivityFailure',
      'Activity with activityType=Download failed',
      'io.temporal.failure.ActivityFailure: …\n\tat a.b.C\nCaused by: io.temporal.failure.CanceledFailure: canceled\n\tat d.e.F',
    ],
  ])('%s: %s is a cancellation', (type, message, stacktrace) => {
    expect(facts('RunWorkflow:Trip', ids, failed(type, message, stacktrace)).outcome).toBe('cancelled')
  })

  test.each([
    ['*internal.ActivityError', 'activity error (type: Book): no hotel has a free room', ''],
    ['*errors.errorString', 'the flight was cancelled', ''],
    [
      'io.temporal.failure.ActivityFailure',
      'Activity failed',
      'x\nCaused by: io.temporal.failure.ApplicationFailure: y\nCaused by: io.temporal.failure.CanceledFailure: z',
    ],
  ])('%s: %s is a failure', (type, message, stacktrace) => {
    expect(facts('RunWorkflow:Trip', ids, failed(type, message, stacktrace)).outcome).toBe('error')
  })

  test('a failure that wraps the failure of an activity passes on', () => {
    expect(facts('RunWorkflow:Trip', ids, failed('ActivityFailure', 'Activity task failed')).run?.passesOn).toBe(true)
    expect(facts('RunWorkflow:Trip', ids, failed('ApplicationFailure', 'no budget')).run?.passesOn).toBe(false)
  })

  test('a span of its own ends the run in the Python interceptor, with the failure as its exception', () => {
    const completed = { scope: python, ...failed('temporalio.exceptions.ActivityError', 'Activity task failed') }
    expect(facts('CompleteWorkflow:Trip', ids, { ...completed, status: { code: 0, message: '' } })).toMatchObject({
      outcome: 'error',
      error: 'Activity task failed',
      run: { role: 'end' },
    })
    expect(facts('CompleteWorkflow:Trip', ids, { scope: python })).toMatchObject({
      outcome: 'ok',
      run: { role: 'end' },
    })
  })
})

describe('a span outside a run:', () => {
  test.each([
    'StartWorkflow:Trip',
    'SignalWithStartWorkflow:Trip',
    'QueryWorkflow:status',
    'HandleQuery:status',
    'HandleUpdate:budget',
    'ValidateUpdate:budget',
    'StartWorkflowUpdate:budget',
  ])('%s neither starts nor ends a run, at the top or below', (name) => {
    expect(facts(name, ids, { parentSpanId: '', kind: 3 })).toMatchObject({ kind: 'plain', run: { role: 'outside' } })
  })

  test('a schedule has no workflow id', () => {
    expect(facts('CreateSchedule:nightly', {}, { parentSpanId: '' })).toMatchObject({
      workflowId: null,
      run: { role: 'outside' },
    })
  })

  test('a client that terminates a workflow stops its run', () => {
    const scope = '@temporalio/interceptor-client'
    const terminate = { temporalWorkflowId: 'wf-1', temporalTerminateReason: 'enough' }
    expect(facts('TerminateWorkflow', terminate, { scope }).run?.role).toBe('stop')
    expect(facts('TerminateWorkflow', terminate, { scope, ...error }).run?.role).toBe('outside')
  })
})

describe('an activity:', () => {
  const activity = { ...ids, temporalActivityID: '5' }

  test('has the kind of its attributes, and is an attempt', () => {
    const run = { role: 'inside', run: 'run-1', activity: 'run-1 5 Search' }
    const tool = { ...activity, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }
    expect(facts('RunActivity:Search', tool)).toMatchObject({ kind: 'tool', workflowId: 'wf-1', run })
    const agent = { ...activity, 'gen_ai.agent.name': 'researcher' }
    expect(facts('RunActivity:Search', agent)).toMatchObject({ kind: 'agent', agent: 'researcher', run })
    expect(facts('RunActivity:Search', activity, { parentSpanId: '', kind: 2 })).toMatchObject({ kind: 'plain', run })
  })

  test('cancelled, it has no exception event and fails no run', () => {
    const cancelled = { scope: '@temporalio/interceptor-activity', ...failed('CancelledFailure', 'NOT_FOUND') }
    expect(facts('RunActivity:Download', activity, cancelled)).toMatchObject({ outcome: 'cancelled', events: [] })
  })
})
