import { useState } from 'preact/hooks'
import type { FacetsAnswer } from '../../../../queries/rows/run-rows.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { count } from '../../format/numbers.ts'
import { Icon } from '../../parts/icon.tsx'
import { Modal } from '../../parts/modal.tsx'
import { WithAnswer } from '../../parts/notes.tsx'
import type { FilterKey, ListFilter } from '../../state/query.ts'

interface AddFilterOptions {
  readonly filter: ListFilter
  readonly onAdd: (key: FilterKey, value: string) => void
}

const facetKeys = ['status', 'model', 'provider', 'user', 'session', 'mode'] as const
const typedKeys: readonly FilterKey[] = ['workflow', 'tool', 'agent', 'user', 'session', 'model', 'since', 'until']

/** Offers the values of the newest runs, and a field for any other. */
export function AddFilter({ filter, onAdd }: AddFilterOptions) {
  const [open, setOpen] = useState(false)
  const add = (key: FilterKey, value: string) => {
    setOpen(false)
    onAdd(key, value)
  }
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="filter" />
        Filter
      </button>
      {open && (
        <Modal title="Filter the runs" wide onClose={() => setOpen(false)}>
          <Typed onAdd={add} />
          <Offered filter={filter} onAdd={add} />
        </Modal>
      )}
    </>
  )
}

function Typed({ onAdd }: Pick<AddFilterOptions, 'onAdd'>) {
  const [key, setKey] = useState<FilterKey>('workflow')
  const [value, setValue] = useState('')
  const add = (event: Event) => {
    event.preventDefault()
    if (value !== '') onAdd(key, value)
  }
  return (
    <form class="row wrap" onSubmit={add}>
      <select
        class="field"
        aria-label="Key"
        value={key}
        onChange={(event) => setKey(event.currentTarget.value as FilterKey)}
      >
        {typedKeys.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        class="field space"
        aria-label="Value"
        placeholder={key === 'workflow' ? 'The id, or its beginning' : ''}
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <button type="submit" class="button primary">
        Add
      </button>
    </form>
  )
}

function Offered({ filter, onAdd }: AddFilterOptions) {
  const answer = useAnswer<FacetsAnswer>('/api/facets')
  return (
    <WithAnswer answer={answer}>
      {(facets) => (
        <>
          <div class="facets">
            {facetKeys.map((key) => (
              <section key={key} aria-label={key}>
                <h3>{key}</h3>
                {facets[key].length === 0 && <p class="muted">None</p>}
                {facets[key].slice(0, 8).map(({ value, count: runs }) => (
                  <button
                    type="button"
                    key={value}
                    class="facet"
                    aria-pressed={filter[key] === value}
                    onClick={() => onAdd(key, value)}
                  >
                    <span class="clip">{value}</span>
                    <span class="muted">{count(runs)}</span>
                  </button>
                ))}
              </section>
            ))}
          </div>
          <p class="muted">Of the newest {count(facets.of_runs)} runs.</p>
        </>
      )}
    </WithAnswer>
  )
}
