import { useState } from 'preact/hooks'
import { linkTo } from '../state/location.ts'
import { Copy } from './copy.tsx'
import { Icon } from './icon.tsx'
import { Modal } from './modal.tsx'

/** Shows the statement behind what is seen, ready to copy. */
export function SqlButton({ sql, of }: { readonly sql: string; readonly of: string }) {
  const [open, setOpen] = useState(false)
  const link = linkTo({ view: 'sql', settings: { sql } })
  return (
    <>
      <button type="button" class="button" aria-label={`SQL of ${of}`} onClick={() => setOpen(true)}>
        <Icon name="code" />
        SQL
      </button>
      {open && (
        <Modal title={`SQL of ${of}`} wide onClose={() => setOpen(false)}>
          <pre class="sql" tabIndex={0} role="region" aria-label={`SQL of ${of}`}>
            {sql}
          </pre>
          <footer class="row">
            <Copy text={sql} what="SQL" label="Copy" />
            <a class="button" {...link}>
              Open in the SQL view
            </a>
          </footer>
        </Modal>
      )}
    </>
  )
}
