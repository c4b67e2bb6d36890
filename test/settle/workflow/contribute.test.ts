import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import type { OpenShare } from '../../../src/settle/model/open-share.ts'
import { noShare, noSums } from '../../../src/settle/share/share.ts'
import { closeShares, contribute, withdrawContribution } from '../../../src/settle/workflow/contribute.ts'
import { call, nodeOf, settled, span, spanId, tool, traceId, usage } from '../facts.ts'

const wf = { workflowId: 'wf' }

describe('the share of a trace', () => {
  test('adds up the rows of its nodes', () => {
    const { changes } = settled([
      span(1, 0, { ...wf, kind: 'agent', agent: 'anna' }),
      call(2, 1, { cacheRead: 40, cacheWrite: 5, responseId: 'r' }),
      call(3, 1, { model: 'other', provider: 'acme', prompt: 7, completion: 1 }),
      span(4, 1, { kind: 'tool', tool: tool() }),
      span(5, 1, { kind: 'tool', tool: tool() }),
    ])
    expect(changes[0]!.shares).toHaveLength(1)
    const { workflow, before, after } = changes[0]!.shares[0]!
    expect([workflow, before]).toEqual(['wf', noShare])
    expect(after.nodes).toBe(5)
    expect(after.sums).toEqual({
      ...noSums,
      prompt: 107,
      completion: 21,
      cacheRead: 40,
      cacheWrite: 5,
      costNano: 128n,
      calls: 2,
      cacheHits: 1,
      tools: 2,
    })
    const { agents, models, providers, tools } = after
    expect([agents, models, providers, tools].map((counts) => Object.fromEntries(counts))).toEqual([
      { anna: 1 },
      { 'gpt-4o-mini': 120, other: 8 },
      { openai: 120, acme: 8 },
      { search: 2 },
    ])
  })

  test('counts calls without a price, and calls without a response id whose parent has not arrived', () => {
    const stated = { statedCostNano: 0 }
    const { trace, changes } = settled([
      call(1, 9),
      call(2, 9, { ...stated, responseId: 'r' }),
      call(4, 9, { ...stated, responseId: 's' }),
      call(3, 0, stated),
    ])
    expect(changes[0]!.shares[0]!.after.sums).toMatchObject({ calls: 4, cutOff: 1, unpriced: 0 })
    const node = nodeOf(trace, 1)
    const changed = new Set<OpenShare>()
    contribute(trace, node, { ...node.rows!, usage: { ...node.rows!.usage!, unpriced: true } }, changed)
    expect(closeShares(trace, changed)[0]!.after.sums.unpriced).toBe(1)
  })

  test('shows the tokens of an outermost sum for which no call accounts', () => {
    const unaccounted = (...facts: Facts[]) => settled(facts).changes[0]!.shares[0]!.after.sums.unaccounted
    const sum = (n: number, parent: number, prompt: number) =>
      span(n, parent, { kind: 'agent', usage: usage({ role: 'aggregate', prompt }) })
    expect(unaccounted(sum(1, 0, 500), call(2, 1))).toBe(400)
    expect(unaccounted(sum(1, 0, 50), call(2, 1))).toBe(0)
    const own = span(1, 0, { kind: 'agent', usage: usage({ role: 'own', prompt: 500 }) })
    expect(unaccounted(own, call(2, 1))).toBe(400)
    expect(unaccounted(sum(1, 0, 500))).toBe(0)
    expect(unaccounted(sum(1, 0, 500), sum(2, 1, 300), call(3, 2))).toBe(400)
    expect(unaccounted(span(1, 0, { usage: usage({ role: 'partial', prompt: 500 }) }), call(2, 1))).toBe(0)
  })

  test('of each workflow in the trace is one of its own', () => {
    const { changes } = settled([span(1, 0, wf), span(2, 1, { workflowId: 'other' }), span(3, 2)])
    expect(changes[0]!.shares.map(({ workflow, after }) => [workflow, after.nodes])).toEqual([
      ['wf', 1],
      ['other', 2],
    ])
  })

  test('has the state of the entries, and the durable runs', () => {
    const run = { role: 'inside', run: 'r1', activity: null, passesOn: false } as const
    const { changes } = settled([span(1, 0, { ...wf, kind: 'task' }), span(2, 1, { run })])
    const { entry, runs } = changes[0]!.shares[0]!.after
    expect(entry).toMatchObject({ kind: 1, last: { node: `${spanId(1)} ${traceId}` } })
    expect([...runs.keys()]).toEqual(['r1'])
  })
})

describe('a contribution', () => {
  const statements = (value: string) => ({ statements: { user: { rank: 0, value } } })
  const userOf = (share: ReturnType<typeof closeShares>[number]) => share.after.best.get('user')?.value

  test('is replaced by the next one of the node', () => {
    const { trace } = settled([call(1, 0, {}, wf)])
    const node = nodeOf(trace, 1)
    const changed = new Set<OpenShare>()
    contribute(trace, node, node.rows!, changed)
    contribute(trace, node, { ...node.rows!, usage: null }, changed)
    const [share] = closeShares(trace, changed)
    expect([share!.before.sums.calls, share!.after.sums, share!.after.nodes]).toEqual([1, noSums, 1])
  })

  test('that is withdrawn leaves nothing, and the next best value is found', () => {
    const { trace } = settled([
      span(1, 0, { ...wf, ...statements('first') }),
      span(2, 1, statements('second')),
      span(3, 1, statements('third')),
    ])
    const changed = new Set<OpenShare>()
    withdrawContribution(trace, nodeOf(trace, 1), changed)
    withdrawContribution(trace, nodeOf(trace, 3), changed)
    const [share] = closeShares(trace, changed)
    expect([userOf(share!), share!.after.nodes, share!.after.entry]).toEqual(['second', 1, null])
    expect(nodeOf(trace, 1).contribution).toBeNull()
    withdrawContribution(trace, nodeOf(trace, 1), changed)
    expect(closeShares(trace, changed)[0]!.after.nodes).toBe(1)
  })

  test('that gets better than a withdrawn best is the best, and one that is worse leaves the place to others', () => {
    const { trace } = settled([span(1, 0, { ...wf, ...statements('a') }), span(2, 1, statements('b')), span(3, 1)])
    const changed = new Set<OpenShare>()
    withdrawContribution(trace, nodeOf(trace, 1), changed)
    const late = nodeOf(trace, 3)
    late.facts = { ...late.facts, ...statements('late') }
    contribute(trace, late, late.rows!, changed)
    expect(userOf(closeShares(trace, changed)[0]!)).toBe('b')
    withdrawContribution(trace, nodeOf(trace, 2), changed)
    late.facts = { ...late.facts, startNs: 0n }
    contribute(trace, late, late.rows!, changed)
    expect(userOf(closeShares(trace, changed)[0]!)).toBe('late')
  })

  test('of the last node takes the share with it', () => {
    const { trace } = settled([span(1, 0, wf)])
    const changed = new Set<OpenShare>()
    withdrawContribution(trace, nodeOf(trace, 1), changed)
    const [share] = closeShares(trace, changed)
    expect([share!.after, trace.shares.size]).toEqual([noShare, 0])
  })

  test('takes its durable run out again', () => {
    const run = { role: 'inside', run: 'r1', activity: null, passesOn: false } as const
    const { trace } = settled([span(1, 0, { ...wf, run }), span(2, 1)])
    const changed = new Set<OpenShare>()
    withdrawContribution(trace, nodeOf(trace, 1), changed)
    expect(closeShares(trace, changed)[0]!.after.runs.size).toBe(0)
  })
})

test('closed shares do not change with the open ones', () => {
  const { trace, changes } = settled([call(1, 0, {}, wf)], [call(2, 1, { prompt: 7, responseId: 'r' })])
  expect(changes.map(({ shares }) => shares[0]!.after.models.get('gpt-4o-mini'))).toEqual([120, 27])
  expect(changes[1]!.shares[0]!.before).toBe(changes[0]!.shares[0]!.after)
  expect(trace.shares.get('wf')!.lastClosed).toBe(changes[1]!.shares[0]!.after)
})
