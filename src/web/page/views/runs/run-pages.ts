import { signal } from '@preact/signals'
import type { RunRow } from '../../../../queries/rows/run-rows.ts'
import type { RunsAnswer } from '../../../answers/runs.ts'
import { type ApiError, address, get, type Parameters } from '../../api/client.ts'
import { rowsOf } from '../../api/columnar.ts'
import { asApiError } from '../../api/use-answer.ts'
import { absoluteTime } from '../../format/times.ts'
import type { LiveChanges } from '../../state/live.ts'
import type { ListFilter } from '../../state/query.ts'
import type { RunList } from '../../state/route.ts'
import { matches, place } from './live-rows.ts'

const pageSize = 100
const freshMs = 2500

/** What the API is asked for a list. Full text is searched for within a time alone. */
export function parametersOf({ filter, sort, order }: Pick<RunList, 'filter' | 'sort' | 'order'>): Parameters {
  const { text, since, until, ...same } = filter
  const from = since ?? (text === undefined ? undefined : '30d')
  return { ...same, q: text, since: absoluteTime(from), until: absoluteTime(until), sort, order }
}

/** A list as it has been loaded so far: pages are added at both ends, and rows change while they are looked at. */
export class RunPages {
  readonly rows = signal<readonly RunRow[]>([])
  /** Rows that came after the list was loaded and are not shown yet. */
  readonly waiting = signal<readonly RunRow[]>([])
  readonly fresh = signal<ReadonlySet<string>>(new Set())
  readonly error = signal<ApiError | null>(null)
  readonly first = signal<RunsAnswer | null>(null)
  readonly next = signal<string | null>(null)
  readonly previous = signal<string | null>(null)
  /** Where the scroller stood when the list was left. */
  scrollTop = 0
  readonly list: RunList
  readonly #filter: ListFilter
  #busy: 'next' | 'previous' | 'start' | null = null
  /** The cursor by which each row was loaded, by the row's id. */
  readonly #cursors = new Map<string, string | null>()

  constructor(list: RunList) {
    this.list = list
    this.#filter = list.filter
  }

  async start(): Promise<void> {
    if (this.first.value !== null) return
    const { after, before } = this.list
    const answer = await this.#load('start', { after, before })
    if (answer === null) return
    this.rows.value = rowsOf(answer)
    this.#remember(this.rows.value, after)
    this.next.value = answer.next
    this.previous.value = answer.previous
    this.first.value = answer
  }

  /** Begins at the first row of all. */
  async reload(): Promise<void> {
    const answer = await this.#load('start', {})
    if (answer === null) return
    this.#cursors.clear()
    this.rows.value = rowsOf(answer)
    this.waiting.value = []
    this.next.value = answer.next
    this.previous.value = null
    this.first.value = answer
  }

  /** Takes what has changed while nothing was streamed, as far as the first page has it. */
  async catchUp(atTop: boolean): Promise<void> {
    if (this.first.value === null) return this.start()
    const answer = await this.#load('start', {})
    if (answer !== null) this.take({ rows: rowsOf(answer), removed: [] }, atTop)
  }

  async loadNext(): Promise<void> {
    const after = this.next.value
    if (after === null) return
    const answer = await this.#load('next', { after })
    if (answer === null) return
    const rows = this.#unknown(rowsOf(answer))
    this.#remember(rows, after)
    this.rows.value = [...this.rows.value, ...rows]
    this.next.value = answer.next
  }

  /** Loads the page above and gives the number of rows that it added. */
  async loadPrevious(): Promise<number> {
    const before = this.previous.value
    if (before === null) return 0
    const answer = await this.#load('previous', { before })
    if (answer === null) return 0
    const rows = this.#unknown(rowsOf(answer))
    this.rows.value = [...rows, ...this.rows.value]
    this.previous.value = answer.previous
    return rows.length
  }

  /** For the URL: the cursor after which the page with this row begins. */
  cursorOf(id: string): string | null {
    return this.#cursors.get(id) ?? null
  }

  /** Takes changes: rows that are shown change in place, others wait unless `atTop`. */
  take({ rows, removed }: LiveChanges, atTop: boolean): void {
    const changed = new Map(rows.map((row) => [row.id, row]))
    const gone = new Set(removed)
    const shown = this.rows.value
    const known = new Set(shown.map(({ id }) => id))
    if (shown.some(({ id, workflow_id }) => changed.has(id) || gone.has(id) || gone.has(workflow_id)))
      this.rows.value = shown
        .filter(({ id, workflow_id }) => !gone.has(id) && !gone.has(workflow_id))
        .map((row) => changed.get(row.id) ?? row)
    const added = rows.filter((row) => !known.has(row.id) && matches(this.#filter, row))
    if (added.length === 0) return
    const waiting = [...this.waiting.value.filter(({ id }) => !changed.has(id)), ...added]
    this.waiting.value = waiting
    if (atTop && this.previous.value === null) this.showWaiting()
  }

  /** Puts the waiting rows where the order of the list wants them. */
  showWaiting(): void {
    const { sort, order } = this.list
    const isWhole = this.next.value === null
    this.rows.value = place(this.rows.value, this.waiting.value, { sort, order, isWhole })
    const ids = this.waiting.value.map(({ id }) => id)
    this.fresh.value = new Set([...this.fresh.value, ...ids])
    setTimeout(() => {
      this.fresh.value = new Set([...this.fresh.value].filter((id) => !ids.includes(id)))
    }, freshMs)
    this.waiting.value = []
  }

  #unknown(rows: readonly RunRow[]): RunRow[] {
    const known = new Set(this.rows.value.map(({ id }) => id))
    return rows.filter(({ id }) => !known.has(id))
  }

  #remember(rows: readonly RunRow[], cursor: string | null): void {
    for (const { id } of rows) this.#cursors.set(id, cursor)
  }

  async #load(what: 'next' | 'previous' | 'start', cursor: Parameters): Promise<RunsAnswer | null> {
    if (this.#busy !== null) return null
    this.#busy = what
    try {
      const answer = await get<RunsAnswer>(
        address('/api/runs', { ...parametersOf(this.list), limit: pageSize, ...cursor }),
      )
      this.error.value = null
      return answer
    } catch (error) {
      this.error.value = asApiError(error)
      return null
    } finally {
      this.#busy = null
    }
  }
}

let kept: { readonly key: string; readonly pages: RunPages } | null = null

/** The pages of a list; those of the last list are kept, so that going back shows what was left. */
export function runPagesOf(list: RunList): RunPages {
  const key = JSON.stringify([list.filter, list.sort, list.order])
  if (kept?.key !== key) kept = { key, pages: new RunPages(list) }
  return kept.pages
}
