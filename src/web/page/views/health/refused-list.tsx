import { useState } from 'preact/hooks'
import type { RefusedAnswer, RefusedOneAnswer, RefusedRow, RetryAnswer } from '../../../answers/health.ts'
import { address, post } from '../../api/client.ts'
import { rowsOf } from '../../api/columnar.ts'
import { asApiError, useAnswer } from '../../api/use-answer.ts'
import { count } from '../../format/numbers.ts'
import { ago } from '../../format/times.ts'
import { CsvButton } from '../../parts/csv-button.tsx'
import { Modal } from '../../parts/modal.tsx'
import { WithAnswer } from '../../parts/notes.tsx'
import { PrettyText } from '../../parts/pretty-text.tsx'
import { SqlButton } from '../../parts/sql-button.tsx'
import { TableScroll } from '../../parts/table-scroll.tsx'
import { meta } from '../../state/meta.ts'

/** What was refused: each can be looked at, and sent again once its reason is gone. */
export function RefusedList() {
  const answer = useAnswer<RefusedAnswer>(address('/api/refused', { limit: 200 }), { everyMs: 10_000 })
  const [shown, setShown] = useState<string | null>(null)
  return (
    <section class="card" aria-labelledby="refused">
      <header class="card-head">
        <h2 id="refused">Refused</h2>
        <span class="space" />
        {answer.value && <SqlButton sql={answer.value.sql} of="what was refused" />}
        <CsvButton url="/api/refused.csv" name="refused.csv" />
      </header>
      <WithAnswer answer={answer}>
        {(refused) => {
          const rows = rowsOf(refused)
          if (rows.length === 0) return <p class="pad muted">Nothing was refused.</p>
          return <RefusedTable rows={rows} more={refused.more} onShow={setShown} />
        }}
      </WithAnswer>
      {shown !== null && (
        <OneRefused
          id={shown}
          onClose={() => {
            setShown(null)
            answer.reload()
          }}
        />
      )}
    </section>
  )
}

interface RefusedTableOptions {
  readonly rows: readonly RefusedRow[]
  readonly more: boolean
  readonly onShow: (id: string) => void
}

function RefusedTable({ rows, more, onShow }: RefusedTableOptions) {
  return (
    <TableScroll name="Refused">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Span</th>
            <th scope="col">Reason</th>
            <th scope="col">In words</th>
            <th scope="col" class="number">
              Times
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row" class="key">
                <button type="button" class="link accent" onClick={() => onShow(row.id)}>
                  {row.name || row.span || 'Without a name'}
                </button>
              </th>
              <td>
                <code>{row.reason}</code>
              </td>
              <td class="wide">{row.message}</td>
              <td class="number">{count(row.times)}</td>
              <td class="muted">{ago(row.last_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more && <p class="pad muted">Only the latest {count(rows.length)} are shown.</p>}
    </TableScroll>
  )
}

function OneRefused({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const path = `/api/refused/${encodeURIComponent(id)}`
  const answer = useAnswer<RefusedOneAnswer>(path)
  const [result, setResult] = useState<string | null>(null)
  const send = async () => {
    const text = await post<RetryAnswer>(`${path}/retry`, {}).then(
      ({ taken, reason }) => (taken ? 'It was taken.' : `It was refused again: ${reason}`),
      (error: unknown) => asApiError(error).message,
    )
    setResult(text)
  }
  return (
    <Modal title="A refused span" wide onClose={onClose}>
      <WithAnswer answer={answer}>
        {({ refused, content, sql }) => (
          <div class="stack">
            <p>{refused.message}</p>
            <p class="muted">
              <code>{refused.reason}</code>, {refused.signal}, trace <code>{refused.trace}</code>, span{' '}
              <code>{refused.span}</code>
            </p>
            {content === null ? (
              <p class="muted">Its bytes were not kept.</p>
            ) : (
              <PrettyText name="As it was sent" text={content} />
            )}
            {result !== null && (
              <p class="note" role="status">
                {result}
              </p>
            )}
            <footer class="row">
              {meta.value?.can.retry && refused.bytes > 0 && (
                <button type="button" class="button primary" onClick={send}>
                  Send it again
                </button>
              )}
              <SqlButton sql={sql} of="this refused span" />
            </footer>
          </div>
        )}
      </WithAnswer>
    </Modal>
  )
}
