import { parseColumns, printColumns, type RunColumn } from './columns.ts'
import { type ListFilter, parseQuery, printQuery } from './query.ts'

export const sorts = ['started', 'cost', 'tokens', 'duration'] as const
export type Sort = (typeof sorts)[number]

/** The list that a person looks at, and that next and previous walk along. */
export interface RunList {
  readonly filter: ListFilter
  readonly sort: Sort
  readonly order: 'asc' | 'desc'
  /** Cursors of the place that is shown; both null at the beginning. */
  readonly after: string | null
  readonly before: string | null
  /** Null: those that the browser remembers. */
  readonly columns: readonly RunColumn[] | null
}

/** The views with settings of their own in the URL, which each view reads by its own keys. */
export const panels = ['cost', 'tools', 'health', 'sql'] as const
export type Panel = (typeof panels)[number]

export type Route =
  | { readonly view: 'runs'; readonly list: RunList }
  | {
      readonly view: 'run'
      readonly workflow: string
      readonly tab: string
      readonly span: string | null
      readonly list: RunList
    }
  | { readonly view: Panel; readonly settings: Readonly<Record<string, string>> }
  | { readonly view: 'unknown' }

/** The route of a run. */
export type RunRoute = Extract<Route, { readonly view: 'run' }>

/** The list that the page begins with. */
export const firstList: RunList = {
  filter: {},
  sort: 'started',
  order: 'desc',
  after: null,
  before: null,
  columns: null,
}

/** Where all runs of a time are, the dearest first. */
export function runsIn({ since, until }: { readonly since: string; readonly until: string }): Route {
  return { view: 'runs', list: { ...firstList, sort: 'cost', filter: { since, until } } }
}

/** Reads the route of a URL; `printRoute` is its inverse. */
export function parseRoute(path: string, search: string): Route {
  const parameters = new URLSearchParams(search)
  const parts = path.split('/').filter((part) => part !== '')
  const [view = 'runs', id] = parts
  if (parts.length > 2) return { view: 'unknown' }
  if (view === 'runs' && id === undefined) return { view: 'runs', list: parseList(parameters) }
  if (view === 'runs') {
    const [tab, span] = [parameters.get('tab') ?? '', parameters.get('span')]
    return { view: 'run', workflow: decode(id!), tab, span, list: parseList(parameters) }
  }
  const panel = panels.find((one) => one === view)
  if (panel === undefined || id !== undefined) return { view: 'unknown' }
  return { view: panel, settings: Object.fromEntries(parameters) }
}

export function printRoute(route: Route): string {
  const parameters = new URLSearchParams()
  if (route.view === 'unknown') return '/unknown'
  if (route.view === 'runs' || route.view === 'run') {
    if (route.view === 'run' && route.tab !== '') parameters.set('tab', route.tab)
    if (route.view === 'run' && route.span !== null) parameters.set('span', route.span)
    printList(route.list, parameters)
  } else for (const [key, value] of Object.entries(route.settings)) parameters.set(key, value)
  const path = route.view === 'run' ? `/runs/${encodeURIComponent(route.workflow)}` : `/${route.view}`
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

function parseList(parameters: URLSearchParams): RunList {
  const sort = sorts.find((one) => one === parameters.get('sort')) ?? 'started'
  const order = parameters.get('order') === 'asc' ? 'asc' : 'desc'
  const filter = parseQuery(parameters.get('q') ?? '')
  const [after, before] = [parameters.get('after'), parameters.get('before')]
  return { filter, sort, order, after, before, columns: parseColumns(parameters.get('columns')) }
}

function printList({ filter, sort, order, after, before, columns }: RunList, parameters: URLSearchParams): void {
  const query = printQuery(filter)
  if (query !== '') parameters.set('q', query)
  if (sort !== 'started') parameters.set('sort', sort)
  if (order !== 'desc') parameters.set('order', order)
  if (after !== null) parameters.set('after', after)
  if (before !== null) parameters.set('before', before)
  if (columns !== null) parameters.set('columns', printColumns(columns))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
