import { useEffect, useRef } from 'preact/hooks'
import { colour, colourChange } from '../../../state/theme.ts'
import type { SpanTree } from './span-tree.ts'
import type { TimeScale } from './time-scale.ts'

/** The part of the scale that the waterfall shows, from 0 to 1. */
export interface Window {
  readonly from: number
  readonly to: number
}

export const whole: Window = { from: 0, to: 1 }

interface MinimapOptions {
  readonly tree: SpanTree
  readonly scale: TimeScale
  readonly window: Window
  readonly onWindow: (window: Window) => void
}

const height = 56
const leastWidth = 0.002

/** The whole run, small; dragging over it chooses what the waterfall shows. */
export function Minimap({ tree, scale, window, onWindow }: MinimapOptions) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const drag = useRef<number | null>(null)
  useEffect(() => {
    const element = canvas.current!
    let drawn = -1
    let timer: ReturnType<typeof setTimeout> | undefined
    // a task of its own: the rows are shown before it
    const redraw = () => {
      drawn = colourChange.peek()
      clearTimeout(timer)
      timer = setTimeout(() => draw(element, tree, scale))
    }
    // the observer calls at once
    const size = new ResizeObserver(redraw)
    size.observe(element)
    const unsubscribe = colourChange.subscribe((change) => {
      if (drawn >= 0 && change !== drawn) redraw()
    })
    return () => {
      clearTimeout(timer)
      size.disconnect()
      unsubscribe()
    }
  }, [tree, scale])
  const placeOf = (event: PointerEvent) => {
    const { left, width } = canvas.current!.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - left) / width))
  }
  const move = (event: PointerEvent) => {
    if (drag.current === null) return
    const [from, to] = [drag.current, placeOf(event)].sort((a, b) => a - b) as [number, number]
    if (to - from > leastWidth) onWindow({ from, to })
  }
  const isZoomed = window.from > 0 || window.to < 1
  return (
    <div class="minimap">
      <canvas
        ref={canvas}
        height={height}
        role="img"
        aria-label="All spans over the time of the run"
        onPointerDown={(event) => {
          drag.current = placeOf(event)
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={move}
        onPointerUp={() => {
          drag.current = null
        }}
        onDblClick={() => onWindow(whole)}
      />
      <div class="shade" style={{ left: 0, width: `${window.from * 100}%` }} />
      <div class="shade" style={{ left: `${window.to * 100}%`, right: 0 }} />
      {isZoomed && (
        <button type="button" class="button small reset" onClick={() => onWindow(whole)}>
          Show all
        </button>
      )}
      <Ends window={window} onWindow={onWindow} />
    </div>
  )
}

/** The same by the keyboard. */
function Ends({ window, onWindow }: Pick<MinimapOptions, 'window' | 'onWindow'>) {
  const slider = (end: 'from' | 'to') => (
    <input
      type="range"
      class="end"
      aria-label={end === 'from' ? 'Timeline from' : 'Timeline to'}
      min={0}
      max={1000}
      value={Math.round(window[end] * 1000)}
      onInput={(event) => {
        const next = { ...window, [end]: Number(event.currentTarget.value) / 1000 }
        if (next.to - next.from > leastWidth) onWindow(next)
      }}
    />
  )
  return (
    <>
      {slider('from')}
      {slider('to')}
    </>
  )
}

/** Fills the pixels of each span: a hundred thousand of them take some milliseconds. */
function draw(canvas: HTMLCanvasElement, tree: SpanTree, scale: TimeScale): void {
  const ratio = globalThis.devicePixelRatio || 1
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio))
  const high = Math.round(height * ratio)
  canvas.width = width
  canvas.height = high
  const context = canvas.getContext('2d')!
  const image = context.createImageData(width, high)
  const pixels = new Uint32Array(image.data.buffer)
  const [failed, ...colours] = pixelsOf(['failed', ...tree.source.kinds].map((name) => colour(name))) as [
    number,
    ...number[],
  ]
  const line = Math.min(Math.round(4 * ratio), high / tree.count)
  const thick = Math.max(1, Math.floor(line) - (line >= 3 ? 1 : 0))
  for (let i = 0; i < tree.count; i++) {
    const top = Math.floor(line >= 4 * ratio ? i * line : (i * high) / tree.count)
    const left = Math.floor(scale.place(tree.start[i]!) * (width - 1))
    const right = Math.max(left + 1, Math.ceil(scale.place(tree.end[i]!) * width))
    const pixel = tree.statusOf(i) === 'error' ? failed : colours[tree.kind[i]!]!
    for (let y = top; y < Math.min(high, top + thick); y++) pixels.fill(pixel, y * width + left, y * width + right)
  }
  context.putImageData(image, 0, 0)
}

/** CSS colours as the four bytes of a pixel. */
function pixelsOf(texts: readonly string[]): number[] {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
  return texts.map((text) => {
    context.fillStyle = text
    context.fillRect(0, 0, 1, 1)
    return new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0]!
  })
}
