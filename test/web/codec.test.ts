import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columns } from '../../src/web/page/state/columns.ts'
import { filterKeys, type ListFilter, parseQuery, printQuery } from '../../src/web/page/state/query.ts'
import { panels, parseRoute, printRoute, type Route, type RunList, sorts } from '../../src/web/page/state/route.ts'

// a URL has no lone surrogates
const text = fc.string({ unit: 'binary' })
const filters: fc.Arbitrary<ListFilter> = fc.record(
  Object.fromEntries([...filterKeys, 'text'].map((key) => [key, text])),
  { requiredKeys: [] },
)
const lists: fc.Arbitrary<RunList> = fc.record({
  filter: filters,
  sort: fc.constantFrom(...sorts),
  order: fc.constantFrom('asc', 'desc'),
  after: fc.option(text),
  before: fc.option(text),
  columns: fc.option(fc.subarray([...columns], { minLength: 1 })),
})
const names = fc.string({ unit: 'binary', minLength: 1 })
const routes: fc.Arbitrary<Route> = fc.oneof(
  lists.map((list): Route => ({ view: 'runs', list })),
  fc
    .record({ workflow: names, tab: text, span: fc.option(text), list: lists })
    .map((run): Route => ({ view: 'run', ...run })),
  fc
    .record({ view: fc.constantFrom(...panels), settings: fc.dictionary(names, text) })
    .map(({ view, settings }): Route => ({ view, settings: { ...settings } })),
)

test('a query that is printed is read as the same filter', () => {
  fc.assert(
    fc.property(filters, (filter) => {
      expect(parseQuery(printQuery(filter))).toEqual(filter)
    }),
  )
})

test('a route that is printed is read as the same route', () => {
  fc.assert(
    fc.property(routes, (route) => {
      const url = new URL(printRoute(route), 'http://127.0.0.1')
      expect(parseRoute(url.pathname, url.search)).toEqual(route)
    }),
  )
})

test.each([
  ['status:FAILED refund of "May 3"', { status: 'FAILED', text: 'refund of May 3' }],
  ['user:"Ann B" since:24h', { user: 'Ann B', since: '24h' }],
  ['see https://example.com', { text: 'see https://example.com' }],
  ['model:gpt-4o model:gpt-5', { model: 'gpt-5' }],
  ['', {}],
])('reads %j as a person means it', (query, filter) => {
  expect(parseQuery(query)).toEqual(filter)
})

test('an address that is none is no view', () => {
  expect(parseRoute('/elsewhere', '')).toEqual({ view: 'unknown' })
  expect(parseRoute('/runs/a/b', '')).toEqual({ view: 'unknown' })
  expect(parseRoute('/runs/%FF', '')).toMatchObject({ view: 'run', workflow: '%FF' })
})
