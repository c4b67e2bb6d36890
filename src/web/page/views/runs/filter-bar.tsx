import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../../parts/icon.tsx'
import { useKeys } from '../../state/keys.ts'
import { navigate } from '../../state/location.ts'
import { type FilterKey, filterKeys, type ListFilter, parseQuery, printQuery } from '../../state/query.ts'
import type { RunList } from '../../state/route.ts'
import { AddFilter } from './add-filter.tsx'

const ranges: readonly (readonly [string, string])[] = [
  ['', 'Any time'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
]

/** The query as a line that can be typed, and as pills that can be taken away. */
export function FilterBar({ list }: { readonly list: RunList }) {
  const printed = printQuery(list.filter)
  const [text, setText] = useState(printed)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => setText(printed), [printed])
  useKeys({ '/': () => field.current?.select() })
  const show = (filter: ListFilter) => navigate({ view: 'runs', list: { ...list, filter, after: null, before: null } })
  const submit = (event: Event) => {
    event.preventDefault()
    const filter = parseQuery(text)
    show(filter.text !== undefined && filter.since === undefined ? { ...filter, since: '30d' } : filter)
  }
  return (
    <div class="filter-bar">
      <form role="search" class="query" onSubmit={submit}>
        <Icon name="search" />
        <input
          ref={field}
          class="query-field"
          type="search"
          aria-label="Query"
          aria-describedby="query-help"
          placeholder="Search, or status:FAILED model:gpt-4o user:ann"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        <kbd>/</kbd>
        <span id="query-help" class="hidden">
          Words are searched for in full. Filters are key:value, with the keys {filterKeys.join(', ')}.
        </span>
      </form>
      <select
        class="field"
        aria-label="Started"
        value={list.filter.since ?? ''}
        onChange={(event) => show(withValue(list.filter, 'since', event.currentTarget.value))}
      >
        {ranges.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        {list.filter.since !== undefined && !ranges.some(([value]) => value === list.filter.since) && (
          <option value={list.filter.since}>Since {list.filter.since.slice(0, 16)}</option>
        )}
      </select>
      <AddFilter filter={list.filter} onAdd={(key, value) => show(withValue(list.filter, key, value))} />
      <Pills filter={list.filter} onChange={show} />
    </div>
  )
}

function withValue(filter: ListFilter, key: FilterKey | 'text', value: string): ListFilter {
  const { [key]: _, ...rest } = filter
  return value === '' ? rest : { ...rest, [key]: value }
}

function Pills({ filter, onChange }: { readonly filter: ListFilter; readonly onChange: (filter: ListFilter) => void }) {
  const shown = ([...filterKeys, 'text'] as const).flatMap((key) => {
    const value = filter[key]
    return value === undefined ? [] : [{ key, value }]
  })
  if (shown.length === 0) return null
  return (
    <ul class="pills" aria-label="Filters">
      {shown.map(({ key, value }) => (
        <li key={key} class="pill">
          <span class="muted">{key}</span> <span class="clip">{value}</span>
          <button
            type="button"
            aria-label={`Remove the filter ${key} ${value}`}
            onClick={() => onChange(withValue(filter, key, ''))}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
      {shown.length > 1 && (
        <li>
          <button type="button" class="button quiet" onClick={() => onChange({})}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  )
}
