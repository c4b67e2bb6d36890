import { useMemo } from 'preact/hooks'
import { money, short } from '../../../format/numbers.ts'
import { duration } from '../../../format/times.ts'
import { Icon } from '../../../parts/icon.tsx'
import type { Window } from './minimap.tsx'
import { flag, type SpanTree } from './span-tree.ts'
import type { TimeScale } from './time-scale.ts'

interface WaterfallRowOptions {
  readonly tree: SpanTree
  readonly index: number
  readonly row: number
  readonly top: number
  readonly scale: TimeScale
  readonly window: Window
  readonly isChosen: boolean
  readonly isClosed: boolean
  /** Whether the span had not begun at the time that is replayed. */
  readonly isAhead: boolean
  readonly onToggle: (index: number) => void
  readonly onChoose: (index: number) => void
}

/** A row is drawn again only when something in it has changed. */
export function WaterfallRow(options: WaterfallRowOptions) {
  return useMemo(() => <Row {...options} />, Object.values(options))
}

function Row(options: WaterfallRowOptions) {
  const { tree, index, row, top, isChosen, isClosed, isAhead, onChoose } = options
  const failed = tree.statusOf(index) === 'error'
  const counted = tree.counted[index] === 1
  const classes = ['span-row', isChosen && 'chosen', failed && 'failed', isAhead && 'ahead', counted && 'counted']
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the name is a button
    <div
      role="row"
      aria-rowindex={row + 2}
      aria-level={tree.depth[index]! + 1}
      aria-expanded={tree.size[index]! > 0 ? !isClosed : undefined}
      class={classes.filter(Boolean).join(' ')}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onChoose(index)}
    >
      <NameCell {...options} failed={failed} />
      <BarCell {...options} />
      <span role="gridcell" class="number span-tokens">
        <Tokens tree={tree} index={index} counted={counted} />
      </span>
      <span role="gridcell" class="number span-cost">
        {counted && <Cost tree={tree} index={index} />}
      </span>
    </div>
  )
}

function NameCell({
  tree,
  index,
  isClosed,
  onToggle,
  onChoose,
  failed,
}: WaterfallRowOptions & { readonly failed: boolean }) {
  const kind = tree.kindOf(index)
  const model = tree.modelOf(index)
  const indent = Math.min(tree.depth[index]!, 14) * 14
  return (
    <span role="gridcell" class="span-name" style={{ paddingLeft: `${4 + indent}px` }}>
      {tree.size[index]! > 0 ? (
        <button
          type="button"
          class="twist"
          tabIndex={-1}
          aria-label={isClosed ? 'Open' : 'Close'}
          onClick={(event) => {
            event.stopPropagation()
            onToggle(index)
          }}
        >
          <Icon name={isClosed ? 'right' : 'down'} />
        </button>
      ) : (
        <span class="twist" />
      )}
      <span class={`kind ${kind}`}>
        <Icon name={kind} />
      </span>
      <button type="button" class="link clip" id={`span-${index}`} onClick={() => onChoose(index)}>
        {tree.nameOf(index)}
      </button>
      {isClosed && <span class="muted small">+{tree.size[index]}</span>}
      {model !== null && model !== tree.nameOf(index) && <span class="muted clip span-model">{model}</span>}
      {failed && <span class="hidden">failed</span>}
    </span>
  )
}

function BarCell({ tree, index, scale, window }: WaterfallRowOptions) {
  const width = window.to - window.from
  const left = (scale.place(tree.start[index]!) - window.from) / width
  const right = (scale.place(tree.end[index]!) - window.from) / width
  const classes = ['bar', tree.kindOf(index)]
  if (tree.counted[index] === 1) classes.push('counts')
  if (tree.isOpen(index)) classes.push('open')
  if ((tree.flags[index]! & flag.critical) !== 0) classes.push('critical')
  const text = duration((tree.end[index]! - tree.start[index]!) / 1000)
  const shown = { left: Math.max(0, left), right: Math.min(1, right) }
  const isOut = right < 0 || left > 1
  const isLate = shown.right > 0.86
  const beside = isLate
    ? { right: `calc(${(1 - shown.left) * 100}% + 6px)` }
    : { left: `calc(${shown.right * 100}% + 6px)` }
  return (
    <span role="gridcell" class="span-bar">
      {!isOut && (
        <>
          <span
            class={classes.join(' ')}
            style={{ left: `${shown.left * 100}%`, width: `max(2px, ${(shown.right - shown.left) * 100}%)` }}
          />
          {!(isLate && shown.left < 0.12) ? (
            <span class="bar-text" style={beside}>
              {text}
            </span>
          ) : (
            <span class="bar-text inside" style={{ left: `calc(${shown.left * 100}% + 6px)` }}>
              {text}
            </span>
          )}
        </>
      )}
    </span>
  )
}

function Tokens({
  tree,
  index,
  counted,
}: {
  readonly tree: SpanTree
  readonly index: number
  readonly counted: boolean
}) {
  const tokens = tree.tokens[index]!
  if (tokens === 0) return null
  if (counted) return <>{short(tokens)}</>
  return (
    <span class="not-counted" title={tree.reasonOf(index)}>
      <span class="hidden">does not count: </span>
      {short(tokens)}
    </span>
  )
}

function Cost({ tree, index }: { readonly tree: SpanTree; readonly index: number }) {
  if ((tree.flags[index]! & flag.unpriced) !== 0)
    return (
      <span class="incomplete" title="No price is known for this model">
        unpriced
      </span>
    )
  return <>{money(BigInt(Math.round(tree.cost[index]!)))}</>
}
