import { useState } from 'preact/hooks'
import { Icon } from '../../parts/icon.tsx'
import { Modal } from '../../parts/modal.tsx'
import { chooseColumns } from '../../state/chosen-columns.ts'
import { columns, type RunColumn } from '../../state/columns.ts'
import { navigate } from '../../state/location.ts'
import type { RunList } from '../../state/route.ts'
import { columnForms, useColumns } from './run-columns.ts'

/** Chooses the columns of the list; the browser remembers them, and the address has them. */
export function ColumnChoice({ list }: { readonly list: RunList }) {
  const [open, setOpen] = useState(false)
  const { columns: shown, isChosen } = useColumns(list)
  const choose = (chosen: readonly RunColumn[] | null) => {
    chooseColumns(chosen)
    navigate({ view: 'runs', list: { ...list, columns: chosen } }, { replace: true })
  }
  const toggle = (column: RunColumn) =>
    choose(columns.filter((one) => (one === column ? !shown.includes(one) : shown.includes(one))))
  return (
    <>
      <button type="button" class="button columns-button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name="columns" />
        Columns
      </button>
      {open && (
        <Modal title="Columns" onClose={() => setOpen(false)}>
          <ul class="column-choice">
            {columns.map((column) => (
              <li key={column}>
                <label>
                  <input
                    type="checkbox"
                    checked={shown.includes(column)}
                    disabled={shown.length === 1 && shown.includes(column)}
                    onChange={() => toggle(column)}
                  />
                  {columnForms[column].name}
                </label>
              </li>
            ))}
          </ul>
          <footer class="row">
            <button type="button" class="button" disabled={!isChosen} onClick={() => choose(null)}>
              The usual ones
            </button>
          </footer>
        </Modal>
      )}
    </>
  )
}
