import type { SpanKind, TreeAnswer } from '../../../../answers/tree.ts'

/** Bits of `flags`. */
export const flag = { record: 1, unpriced: 2, unknownUsage: 4, parentMissing: 8, otherRow: 16, critical: 32 } as const

/** Which rows of the waterfall are shown. */
export interface RowFilter {
  readonly onlyCounted: boolean
  readonly onlyCritical: boolean
  readonly text: string
}

/**
 * The spans of a run in parallel arrays, in pre-order. The rows in sight are an array that is changed in place: no
 * object is made for a row, however often one is opened or closed.
 */
export class SpanTree {
  readonly count: number
  readonly parent: Int32Array
  readonly depth: Uint16Array
  readonly size: Int32Array
  /** Microseconds since the start of the run; an open span ends now. */
  readonly start: Float64Array
  readonly end: Float64Array
  readonly kind: Uint8Array
  readonly name: Int32Array
  readonly model: Int32Array
  readonly status: Uint8Array
  readonly counted: Uint8Array
  readonly reason: Uint8Array
  readonly flags: Uint8Array
  readonly tokens: Float64Array
  readonly cost: Float64Array
  readonly source: TreeAnswer
  readonly totalUs: number
  readonly rows: Int32Array
  rowCount = 0
  readonly #closed: Uint8Array
  readonly #kept: Uint8Array
  #spanOfCall: ReadonlyMap<string, number> | undefined

  constructor(source: TreeAnswer, now: number = Date.now()) {
    const { columns, count } = source
    this.source = source
    this.count = count
    this.parent = new Int32Array(columns.parent)
    this.depth = new Uint16Array(columns.depth)
    this.size = new Int32Array(columns.size)
    this.start = new Float64Array(columns.start_us)
    this.end = new Float64Array(columns.end_us)
    this.kind = new Uint8Array(columns.kind)
    this.name = new Int32Array(columns.name)
    this.model = new Int32Array(columns.model)
    this.status = new Uint8Array(columns.status)
    this.counted = new Uint8Array(columns.counted)
    this.reason = new Uint8Array(columns.reason)
    this.flags = new Uint8Array(columns.flags)
    this.cost = new Float64Array(columns.cost_nano)
    this.tokens = new Float64Array(columns.prompt_tokens)
    for (let i = 0; i < count; i++) this.tokens[i]! += columns.completion_tokens[i]!
    this.rows = new Int32Array(count)
    this.#closed = new Uint8Array(count)
    this.#kept = new Uint8Array(count)
    this.totalUs = this.#endOpen((now - Date.parse(source.started_at)) * 1000)
    this.filter({ onlyCounted: false, onlyCritical: false, text: '' })
  }

  /** Gives open spans an end, and the run its length. */
  #endOpen(nowUs: number): number {
    let total = 1
    let isOpen = false
    for (let i = 0; i < this.count; i++) {
      total = Math.max(total, this.end[i]!, this.start[i]!)
      isOpen ||= this.end[i]! < 0
    }
    if (!isOpen) return total
    total = Math.max(total, nowUs)
    for (let i = 0; i < this.count; i++) if (this.end[i]! < 0) this.end[i] = total
    return total
  }

  isOpen(index: number): boolean {
    return this.source.columns.end_us[index]! < 0
  }

  nameOf(index: number): string {
    return this.source.names[this.name[index]!] ?? ''
  }

  modelOf(index: number): string | null {
    return this.source.models[this.model[index]!] ?? null
  }

  kindOf(index: number): SpanKind {
    return this.source.kinds[this.kind[index]!] ?? 'other'
  }

  statusOf(index: number): string {
    return this.source.statuses[this.status[index]!] ?? ''
  }

  reasonOf(index: number): string {
    return this.source.reasons[this.reason[index]!]?.text ?? ''
  }

  /** `trace/span`, as in the URL. */
  idOf(index: number): string {
    const { columns, traces } = this.source
    return `${traces[columns.trace[index]!]}/${columns.span_id[index]}`
  }

  /** The inverse of `idOf`; -1: there is no such span. */
  indexOf(id: string): number {
    const { columns, traces } = this.source
    const [traceId = '', spanId = ''] = id.split('/')
    const trace = traces.indexOf(traceId)
    if (trace < 0) return -1
    let index = columns.span_id.indexOf(spanId)
    while (index >= 0 && columns.trace[index] !== trace) index = columns.span_id.indexOf(spanId, index + 1)
    return index
  }

  /** The span of which a counted call is the row, as in the URL; null where it is none of the first ones. */
  idOfCall(call: string): string | null {
    const { ids, spans } = this.source.calls
    this.#spanOfCall ??= new Map(ids.map((id, place) => [id, spans[place]!]))
    const index = this.#spanOfCall.get(call)
    return index === undefined ? null : this.idOf(index)
  }

  isClosed(index: number): boolean {
    return this.#closed[index] === 1
  }

  toggle(index: number): void {
    this.#closed[index] = this.#closed[index] === 1 ? 0 : 1
    this.#fill()
  }

  closeAll(closed: boolean): void {
    for (let i = 0; i < this.count; i++) this.#closed[i] = closed && this.size[i]! > 0 && this.depth[i]! > 0 ? 1 : 0
    this.#fill()
  }

  /** Closes the spans that are closed in an earlier tree of the same run. */
  closeAs(before: SpanTree): void {
    const closed = new Set<string>()
    for (let i = 0; i < before.count; i++) if (before.isClosed(i)) closed.add(before.idOf(i))
    if (closed.size === 0) return
    for (let i = 0; i < this.count; i++) if (closed.has(this.idOf(i))) this.#closed[i] = 1
    this.#fill()
  }

  /** Opens whatever is closed above a span, and gives its row; -1 where a filter leaves it out. */
  reveal(index: number): number {
    let changed = false
    for (let above = this.parent[index]!; above >= 0; above = this.parent[above]!) {
      changed ||= this.#closed[above] === 1
      this.#closed[above] = 0
    }
    if (changed) this.#fill()
    return this.rowOf(index)
  }

  /** The row of a span: rows stand in the order of the spans. */
  rowOf(index: number): number {
    let [low, high] = [0, this.rowCount - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.rows[middle]!
      if (found === index) return middle
      if (found < index) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Keeps the spans that match, and those above them. */
  filter({ onlyCounted, onlyCritical, text }: RowFilter): void {
    const words = text.toLowerCase()
    const named = this.source.names.map((name) => name.toLowerCase().includes(words))
    const modelled = this.source.models.map((name) => name.toLowerCase().includes(words))
    this.#kept.fill(0)
    for (let i = this.count - 1; i >= 0; i--) {
      const isMatch =
        (!onlyCounted || this.counted[i] === 1) &&
        (!onlyCritical || (this.flags[i]! & flag.critical) !== 0) &&
        (words === '' || named[this.name[i]!] || modelled[this.model[i]!])
      if (isMatch) this.#kept[i] = 1
      if (this.#kept[i] === 1 && this.parent[i]! >= 0) this.#kept[this.parent[i]!] = 1
    }
    this.#fill()
  }

  #fill(): void {
    let row = 0
    for (let i = 0; i < this.count; i++) {
      if (this.#kept[i] === 1) this.rows[row++] = i
      if (this.#closed[i] === 1) i += this.size[i]!
    }
    this.rowCount = row
  }

  /** What had been counted at a time: calls that had ended by then. */
  sumsAt(us: number): { readonly calls: number; readonly tokens: number; readonly cost: bigint } {
    let [calls, tokens, cost] = [0, 0, 0]
    for (let i = 0; i < this.count; i++) {
      if (this.counted[i] !== 1 || this.end[i]! > us) continue
      calls++
      tokens += this.tokens[i]!
      cost += this.cost[i]!
    }
    return { calls, tokens, cost: BigInt(Math.round(cost)) }
  }
}
