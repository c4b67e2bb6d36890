import { describe, expect, test } from 'vitest'
import { largestCostNano, largestInteger } from '../../../src/columns.ts'
import { namedId, taskId } from '../../../src/settle/model/ids.ts'
import type { ShareField } from '../../../src/settle/share/fields.ts'
import { type EntryState, noShare, noSums, type Share } from '../../../src/settle/share/share.ts'
import { type TaskRow, taskEvents, taskRow } from '../../../src/settle/workflow/task-row.ts'
import { at } from '../facts.ts'

type Outcome = EntryState['last']['outcome']

/** A share of an entry with this outcome that started and ended after so many seconds; null: it is open. */
function share(
  outcome: Outcome | null,
  best: Partial<Record<ShareField, string>> = {},
  other: Partial<Share> = {},
): Share {
  const fields = Object.entries({ start: String(at(1)), ...best }) as [ShareField, string][]
  const entry = {
    kind: 0,
    open: outcome === null ? 1 : 0,
    endNs: at(3),
    last: { key: 'k', node: 'entry', outcome: outcome ?? 'ok', error: null },
  }
  return {
    ...noShare,
    nodes: 1,
    best: new Map(fields.map(([field, value]) => [field, { field, key: '', value, node: 'entry' }])),
    entry,
    ...other,
  }
}

const row = (...of: Parameters<typeof share>): TaskRow => taskRow('wf', share(...of))

test('a task has the ids, the texts and the times of its workflow', () => {
  const texts = { user: 'u', tenantId: 't', session: 's', query: 'why?', mode: 'fast', complexity: '0.5' }
  expect(row('ok', texts)).toMatchObject({
    ...texts,
    id: taskId('wf'),
    workflow: 'wf',
    status: 'COMPLETED',
    startedNs: at(1),
    completedNs: at(3),
    durationMs: 2_000,
    complexity: 0.5,
    error: null,
  })
})

test('without texts it has an empty query and nulls', () => {
  expect(row('ok')).toMatchObject({
    user: null,
    tenantId: null,
    session: null,
    query: '',
    mode: null,
    result: null,
    complexity: null,
    model: null,
    provider: null,
  })
})

test('while it runs it has no end and no duration', () => {
  expect(row(null)).toMatchObject({ status: 'RUNNING', completedNs: null, durationMs: null })
})

test('it never ends before it started', () => {
  expect(row('ok', { start: String(at(7)) })).toMatchObject({ startedNs: at(7), completedNs: at(7), durationMs: 0 })
})

describe('the error', () => {
  test('is that of the deciding span, else the best of its spans, else a sentence', () => {
    const { entry } = share('error')
    const own = { entry: { ...entry!, last: { ...entry!.last, error: 'own' } } }
    expect(row('error', { error: 'of a span' }, own).error).toBe('own')
    expect(row('error', { error: 'of a span' }).error).toBe('of a span')
    expect(row('error').error).toBe('the run ended with an error and says no more')
  })

  test('is null unless the task failed', () => {
    expect([row('ok', { error: 'e' }).error, row('cancelled', { error: 'e' }).error]).toEqual([null, null])
  })
})

describe('the result', () => {
  const other = (outcome: Outcome | null) => {
    const of = share(outcome, { result: 'r' })
    const best = new Map(of.best).set('result', { field: 'result', key: '', value: 'r', node: 'other' })
    return taskRow('wf', { ...of, best }).result
  }

  test('of a task that ended well may come from any span', () => {
    expect([row('ok', { result: 'r' }).result, other('ok')]).toEqual(['r', 'r'])
  })

  test('of a task that failed or was cancelled must come from the deciding span', () => {
    expect([row('error', { result: 'r' }).result, row('cancelled', { result: 'r' }).result]).toEqual(['r', 'r'])
    expect([other('error'), other('cancelled')]).toEqual([null, null])
  })

  test('does not exist while the task runs', () => {
    expect([row(null, { result: 'r' }).result, other(null)]).toEqual([null, null])
  })
})

describe('the sums', () => {
  test('are those of the share', () => {
    const sums = {
      ...noSums,
      prompt: 5,
      completion: 2,
      cacheRead: 1,
      cacheWrite: 3,
      costNano: 9n,
      tools: 4,
      cacheHits: 6,
    }
    const agents = new Map([
      ['anna', 2],
      ['bert', 1],
    ])
    expect(row('ok', {}, { sums, agents })).toMatchObject({
      prompt: 5,
      completion: 2,
      total: 7,
      cacheRead: 1,
      cacheWrite: 3,
      costNano: 9n,
      tools: 4,
      cacheHits: 6,
      agents: 2,
    })
  })

  test('are limited to their columns, which the metadata says', () => {
    const big = largestInteger + 1
    const sums = {
      ...noSums,
      prompt: big,
      completion: big,
      cacheRead: big,
      cacheWrite: big,
      tools: big,
      cacheHits: big,
      costNano: largestCostNano + 1n,
    }
    const limited = row('ok', {}, { sums })
    const { prompt, completion, total, cacheRead, cacheWrite, tools, cacheHits, costNano } = limited
    expect(new Set([prompt, completion, total, cacheRead, cacheWrite, tools, cacheHits])).toEqual(
      new Set([largestInteger]),
    )
    expect(costNano).toBe(largestCostNano + 1n)
    expect(JSON.parse(limited.metadata)).toEqual({ saturated: ['total_tokens', 'total_cost_usd'] })
    expect(
      JSON.parse(row('ok', {}, { sums: { ...noSums, prompt: largestInteger, costNano: largestCostNano } }).metadata),
    ).toEqual({})
  })
})

test('the metadata has what no column has', () => {
  const sums = { ...noSums, unaccounted: 1, unpriced: 1, cutOff: 1 }
  const texts = { workflowName: 'trip', parentWorkflow: 'parent', service: 'shop' }
  const counts = {
    unpricedCalls: new Map([['house-blend-1', 1]]),
    unpricedTokens: new Map([['house-blend-1', 120]]),
    uncounted: new Map([
      ['gpt-4o', 2],
      ['unknown', 1],
    ]),
  }
  expect(JSON.parse(taskRow('wf', share('ok', texts, { sums, ...counts })).metadata)).toEqual({
    workflow_name: 'trip',
    parent_workflow_id: 'parent',
    service: 'shop',
    unaccounted_tokens: 1,
    unpriced_calls: 1,
    unpriced_models: { 'house-blend-1': { calls: 1, tokens: 120 } },
    uncounted_calls: 3,
    uncounted_models: { 'gpt-4o': { calls: 2 }, unknown: { calls: 1 } },
    calls_cut_off: 1,
  })
  expect(row('ok').metadata).toBe('{}')
})

test('model and provider are those with the most tokens, of equals the smaller name', () => {
  const models = new Map([
    ['b', 2],
    ['c', 3],
    ['a', 3],
    ['0', 1],
  ])
  expect(row('ok', {}, { models, providers: new Map([['p', 1]]) })).toMatchObject({ model: 'a', provider: 'p' })
})

test('a known model or provider goes before an unknown one, also that of a call of unknown usage', () => {
  const counts = (...names: string[]) => new Map(names.map((name, i) => [name, 10 - i]))
  const [models, providers] = [counts('unknown', 'b', 'c'), counts('unknown', 'p')]
  expect(row('ok', {}, { models, providers })).toMatchObject({ model: 'b', provider: 'p' })
  expect(row('ok', {}, { models: counts('unknown'), uncounted: counts('unknown', 'u') }).model).toBe('u')
  expect(row('ok', {}, { models: counts('unknown') }).model).toBe('unknown')
})

describe('the events of a task', () => {
  const events = (task: TaskRow) =>
    taskEvents(task).map(({ id, fact }) => ({ id, ...fact, payload: JSON.parse(fact.payload) }))

  test('are one while it runs', () => {
    const task = row(null)
    expect(events(task)).toEqual([
      {
        id: namedId('task.started', task.id),
        type: 'task.started',
        message: 'Task started',
        payload: {},
        timeNs: at(1),
      },
    ])
  })

  test.each([
    ['ok', 'task.completed', 'Task completed', {}],
    ['error', 'task.failed', 'Task failed: e', { error: 'e' }],
    ['cancelled', 'task.cancelled', 'Task cancelled', {}],
  ] as const)('are two after the outcome %s', (outcome, type, message, payload) => {
    const task = row(outcome, { error: 'e' })
    expect(events(task)[1]).toEqual({
      id: namedId(type, task.id),
      type,
      message,
      payload: { duration_ms: 2_000, ...payload },
      timeNs: at(3),
    })
  })
})
