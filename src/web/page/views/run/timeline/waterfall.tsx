import type { ReadonlySignal } from '@preact/signals'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Nothing } from '../../../parts/notes.tsx'
import { useVirtualRows } from '../../../parts/virtual-rows.ts'
import { useKeys } from '../../../state/keys.ts'
import { Axis } from './axis.tsx'
import { Minimap, type Window, whole } from './minimap.tsx'
import type { RowFilter, SpanTree } from './span-tree.ts'
import { gapsOf, TimeScale } from './time-scale.ts'
import { WaterfallRow } from './waterfall-row.tsx'
import { type WaterfallSettings, WaterfallTools } from './waterfall-tools.tsx'

interface WaterfallOptions {
  readonly tree: SpanTree
  /** `trace/span` of the span that is looked at. */
  readonly chosen: string | null
  readonly onChoose: (id: string | null) => void
  /** The time that is replayed, in microseconds since the start of the run. */
  readonly replayed: ReadonlySignal<number | null>
}

const rowHeight = 28
const begin: WaterfallSettings = { onlyCounted: false, onlyCritical: false, text: '', fold: true }

export function Waterfall({ tree, chosen, onChoose, replayed }: WaterfallOptions) {
  const [settings, setSettings] = useState(begin)
  const [window, setWindow] = useState<Window>(whole)
  const [turn, draw] = useState(0)
  const gaps = useMemo(() => gapsOf(tree), [tree])
  const scale = useMemo(() => new TimeScale(tree.totalUs, settings.fold ? gaps : []), [tree, gaps, settings.fold])
  useFilter(tree, settings)
  const chosenIndex = useMemo(() => (chosen === null ? -1 : tree.indexOf(chosen)), [tree, chosen])
  // the same functions for as long as the view is shown, so that rows in sight need not be drawn again
  const latest = useRef({ tree, onChoose })
  latest.current = { tree, onChoose }
  const redraw = useCallback(() => draw((turn) => turn + 1), [])
  const toggle = useCallback((index: number) => {
    latest.current.tree.toggle(index)
    redraw()
  }, [])
  const choose = useCallback((index: number) => {
    const { current } = latest
    current.onChoose(current.tree.idOf(index))
  }, [])
  useRowKeys({ tree, chosenIndex, choose, toggle })
  return (
    <div class="waterfall">
      <WaterfallTools
        {...{ tree, settings, setSettings, gaps }}
        onCloseAll={(closed) => {
          tree.closeAll(closed)
          redraw()
        }}
      />
      <div class="waterfall-head">
        <Minimap {...{ tree, scale, window }} onWindow={setWindow} />
        <Axis {...{ scale, window }} />
      </div>
      {tree.rowCount === 0 && <Nothing title="No span matches" />}
      <SpanRows {...{ tree, settings, turn, scale, window, chosenIndex, replayed, toggle, choose, redraw }} />
    </div>
  )
}

interface SpanRowsOptions extends Pick<WaterfallOptions, 'tree' | 'replayed'> {
  readonly scale: TimeScale
  readonly window: Window
  /** Rows change in place: a component that reads signals is drawn again only where a property has changed. */
  readonly settings: WaterfallSettings
  readonly turn: number
  readonly chosenIndex: number
  readonly choose: (index: number) => void
  readonly toggle: (index: number) => void
  readonly redraw: () => void
}

/** The rows in sight. They alone are drawn again while they are scrolled. */
function SpanRows({ tree, scale, window, chosenIndex, replayed, choose, toggle, redraw }: SpanRowsOptions) {
  const scroller = useRef<HTMLDivElement>(null)
  const { items, height, show } = useVirtualRows(scroller, tree.rowCount, rowHeight)
  useReveal({ tree, chosenIndex, show, redraw })
  const until = replayed.value
  return (
    <div class="scroller" ref={scroller} tabIndex={0} role="region" aria-label="Timeline of spans">
      <div role="treegrid" aria-label="Spans" aria-rowcount={tree.rowCount + 1} class="spans">
        <Heads />
        <div role="rowgroup" style={{ height: `${height}px`, position: 'relative' }}>
          {items.map(({ index: row, start: top }) => {
            const index = tree.rows[row]!
            return (
              <WaterfallRow
                key={index}
                {...{ tree, index, row, top, scale, window }}
                isChosen={index === chosenIndex}
                isClosed={tree.isClosed(index)}
                isAhead={until !== null && tree.start[index]! > until}
                onToggle={toggle}
                onChoose={choose}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

function Heads() {
  return (
    <div role="row" aria-rowindex={1} class="span-row heads">
      <span role="columnheader">Span</span>
      <span role="columnheader">Time</span>
      <span role="columnheader" class="number">
        Tokens
      </span>
      <span role="columnheader" class="number">
        Cost
      </span>
    </div>
  )
}

/** Applies what is to be shown while the view is drawn, so that no frame shows what was before. */
function useFilter(tree: SpanTree, { onlyCounted, onlyCritical, text }: RowFilter): void {
  useMemo(() => tree.filter({ onlyCounted, onlyCritical, text }), [tree, onlyCounted, onlyCritical, text])
}

interface Reveal {
  readonly tree: SpanTree
  readonly chosenIndex: number
  readonly show: (row: number) => void
  readonly redraw: () => void
}

/** Brings the chosen span into sight, whatever was closed above it. */
function useReveal({ tree, chosenIndex, show, redraw }: Reveal): void {
  const shown = useRef(show)
  shown.current = show
  useEffect(() => {
    if (chosenIndex < 0) return
    const before = tree.rowCount
    const row = tree.reveal(chosenIndex)
    if (tree.rowCount !== before) redraw()
    if (row >= 0) shown.current(row)
  }, [tree, chosenIndex])
}

interface RowKeys {
  readonly tree: SpanTree
  readonly chosenIndex: number
  readonly choose: (index: number) => void
  readonly toggle: (index: number) => void
}

function useRowKeys({ tree, chosenIndex, choose, toggle }: RowKeys): void {
  const move = (step: number) => {
    const row = chosenIndex < 0 ? -1 : tree.rowOf(chosenIndex)
    const next = Math.min(tree.rowCount - 1, Math.max(0, row + step))
    if (tree.rowCount > 0) choose(tree.rows[next]!)
  }
  const twist = (closed: boolean) => {
    if (chosenIndex < 0 || tree.size[chosenIndex] === 0) return
    if (tree.isClosed(chosenIndex) !== closed) toggle(chosenIndex)
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    h: () => twist(true),
    l: () => twist(false),
    ArrowLeft: () => twist(true),
    ArrowRight: () => twist(false),
  })
}
