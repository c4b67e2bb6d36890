import { expect, test } from 'vitest'
import { emptyTrace, type Trace } from '../../../src/settle/model/trace.ts'
import { packNodes } from '../../../src/settle/rows/pack-nodes.ts'
import { settle } from '../../../src/settle/settle.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { callFacts } from '../../support/facts.ts'
import { noPrice } from '../../support/prices.ts'

/** A trace of so many spans, which wait for a parent unless it is complete. */
function traceOf(spans: number, isComplete = false): Trace {
  const trace = emptyTrace(callFacts(0).trace)
  const parentSpanId = isComplete ? '' : 'f'.repeat(16)
  const facts = Array.from({ length: spans }, (_, i) => callFacts(i, {}, { traceId: trace.id, parentSpanId }))
  settle(trace, facts, noPrice)
  return trace
}

const cached = (trace: Trace) => ({ trace, version: 1, epoch: '2026-11-01', server: '1' })

test('a trace is taken out of the cache', () => {
  const cache = openTraceCache(100)
  const one = cached(traceOf(3))
  expect(cache.put('a', one)).toBe(true)
  expect(cache.take('a')).toBe(one)
  expect(cache.take('a')).toBeUndefined()
})

test('a small trace that is complete is not kept, a large one is', () => {
  const cache = openTraceCache(10_000)
  expect(cache.put('a', cached(traceOf(3, true)))).toBe(false)
  expect(cache.take('a')).toBeUndefined()
  expect(cache.put('b', cached(traceOf(501, true)))).toBe(true)
})

test('a small trace that is complete is kept after a small batch, until 2,000 spans of others were', () => {
  const cache = openTraceCache(10_000)
  expect(cache.put('a', cached(traceOf(3, true)), 128)).toBe(true)
  expect(cache.put('x', cached(traceOf(3, true)), 129)).toBe(false)
  expect(cache.state().spans).toBe(3)
  const complete = traceOf(499, true)
  for (const key of ['b', 'c', 'd', 'e']) cache.put(key, cached(complete), 128)
  expect(cache.take('a')).toBeDefined()
  cache.put('a', cached(traceOf(5, true)), 128)
  cache.put('f', cached(traceOf(3)))
  expect(['a', 'b', 'c', 'd', 'e', 'f'].filter((key) => cache.take(key) !== undefined)).toEqual([
    'a',
    'c',
    'd',
    'e',
    'f',
  ])
  expect(openTraceCache(0).put('c', cached(traceOf(3, true)), 128)).toBe(false)
})

test('long texts count as the spans whose memory they take', () => {
  const withQuery = (units: number, isComplete: boolean) => {
    const trace = traceOf(3, isComplete)
    for (const node of trace.nodes.values()) {
      node.facts = { ...node.facts, statements: { query: { rank: 2, value: 'x'.repeat(units) } } }
    }
    return cached(trace)
  }
  const cache = openTraceCache(100)
  cache.put('short', withQuery(1_000, false))
  expect(cache.state().spans).toBe(3)
  cache.put('long', withQuery(45_000, false))
  expect(cache.state().spans).toBe(3 + 33)
  for (const key of ['b', 'c', 'd']) cache.put(key, withQuery(45_000, false))
  expect(['short', 'long', 'b', 'c', 'd'].filter((key) => cache.take(key) !== undefined)).toEqual(['b', 'c', 'd'])
  // so heavy a batch is no small one, whatever the number of its spans
  expect(cache.put('complete', withQuery(45_000, true), 11)).toBe(true)
  expect(cache.put('complete', withQuery(45_000, true), 12)).toBe(false)
})

test('law 9: the trace that was used longest ago is dropped when there are too many spans', () => {
  const cache = openTraceCache(10)
  for (const key of ['a', 'b', 'c']) cache.put(key, cached(traceOf(3)))
  cache.put('a', cache.take('a')!)
  cache.put('d', cached(traceOf(3)))
  expect(['a', 'b', 'c', 'd'].filter((key) => cache.take(key) !== undefined)).toEqual(['a', 'c', 'd'])
})

test('spans of a long trace that are packed take a third of the room', () => {
  const cache = openTraceCache(500)
  const long = traceOf(600)
  packNodes(long, { mostUnpacked: 100, nodesInPack: 50 })
  cache.put('long', cached(long))
  expect(cache.state().spans).toBe(600 - 500 * 0.7)
  cache.put('b', cached(traceOf(100)))
  expect(['long', 'b'].filter((key) => cache.take(key) !== undefined)).toEqual(['long', 'b'])
})

test('two traces that each have more spans than there is room for stay beside each other once they are packed', () => {
  const cache = openTraceCache(1000)
  for (const key of ['a', 'b', 'a', 'b']) {
    const long = cache.take(key)?.trace ?? traceOf(1200)
    packNodes(long, { mostUnpacked: 100, nodesInPack: 50 })
    cache.put(key, cached(long))
  }
  expect(['a', 'b'].filter((key) => cache.take(key) !== undefined)).toEqual(['a', 'b'])
})

test('a trace that alone has too many spans stays until another one is used, unless none is to be kept', () => {
  const cache = openTraceCache(10)
  cache.put('a', cached(traceOf(3)))
  expect(cache.put('long', cached(traceOf(11)))).toBe(true)
  expect(cache.take('a')).toBeUndefined()
  cache.put('long', cache.take('long')!)
  cache.put('b', cached(traceOf(3)))
  expect(['long', 'b'].filter((key) => cache.take(key) !== undefined)).toEqual(['b'])
  expect(openTraceCache(0).put('c', cached(traceOf(3)))).toBe(false)
})
