import { useRef, useState } from 'preact/hooks'
import { count } from '../../../format/numbers.ts'
import { duration } from '../../../format/times.ts'
import { useKeys } from '../../../state/keys.ts'
import type { RowFilter, SpanTree } from './span-tree.ts'
import type { Gap } from './time-scale.ts'

export interface WaterfallSettings extends RowFilter {
  readonly fold: boolean
}

interface WaterfallToolsOptions {
  readonly tree: SpanTree
  readonly settings: WaterfallSettings
  readonly setSettings: (settings: WaterfallSettings) => void
  readonly gaps: readonly Gap[]
  readonly onCloseAll: (closed: boolean) => void
}

export function WaterfallTools({ tree, settings, setSettings, gaps, onCloseAll }: WaterfallToolsOptions) {
  const field = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => field.current?.select() })
  const [closed, setClosed] = useState(false)
  const idle = gaps.reduce((sum, { from, to }) => sum + to - from, 0)
  const toggle = (key: 'onlyCounted' | 'onlyCritical' | 'fold', name: string, title?: string) => (
    <button
      type="button"
      class="button"
      aria-pressed={settings[key]}
      title={title}
      onClick={() => setSettings({ ...settings, [key]: !settings[key] })}
    >
      {name}
    </button>
  )
  return (
    <div class="waterfall-tools row wrap">
      <input
        ref={field}
        class="field"
        type="search"
        aria-label="Find spans by name or model"
        placeholder="Find spans"
        value={settings.text}
        onInput={(event) => setSettings({ ...settings, text: event.currentTarget.value })}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      {toggle('onlyCounted', 'Only what counted')}
      {toggle('onlyCritical', 'Critical path', 'The spans that decided how long the run took')}
      {gaps.length > 0 && toggle('fold', `Fold ${duration(idle / 1000)} idle`, 'Stretches in which nothing ran')}
      <span class="space" />
      <span class="muted" role="status">
        {tree.rowCount === tree.count ? '' : `${count(tree.rowCount)} of `}
        {tree.count === 1 ? '1 span' : `${count(tree.count)} spans`}
        {tree.source.left_out > 0 && `, ${count(tree.source.left_out)} more are not shown`}
        {!tree.source.kept && ', from the rows: the spans are kept no longer'}
      </span>
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          onCloseAll(!closed)
          setClosed(!closed)
        }}
      >
        {closed ? 'Open all' : 'Close all'}
      </button>
    </div>
  )
}
