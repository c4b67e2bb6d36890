import { useState } from 'preact/hooks'
import type { CloseAnswer } from '../../../answers/runs.ts'
import { type ApiError, post } from '../../api/client.ts'
import { asApiError } from '../../api/use-answer.ts'
import { Icon } from '../../parts/icon.tsx'
import { Modal } from '../../parts/modal.tsx'
import { ErrorNote } from '../../parts/notes.tsx'

const ends = ['FAILED', 'CANCELLED', 'COMPLETED'] as const

/** Ends a run whose end will not arrive, such as that of a process that was killed. */
export function CloseRun({ workflow }: { readonly workflow: string }) {
  const [open, setOpen] = useState(false)
  const [status, setStatus] = useState<(typeof ends)[number]>('FAILED')
  const [error, setError] = useState<ApiError | null>(null)
  const close = async (event: Event) => {
    event.preventDefault()
    try {
      await post<CloseAnswer>(`/api/workflows/${encodeURIComponent(workflow)}/close`, { status })
      setOpen(false)
    } catch (failure) {
      setError(asApiError(failure))
    }
  }
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="stop" />
        Close run
      </button>
      {open && (
        <Modal title="Close this run" onClose={() => setOpen(false)}>
          <form class="stack" onSubmit={close}>
            <p class="muted">
              For a run whose end will not arrive: its process was killed, or its last span was never sent. Spans that
              arrive later still count.
            </p>
            <label class="stack">
              Its status becomes
              <select
                class="field"
                value={status}
                onChange={(event) => setStatus(event.currentTarget.value as (typeof ends)[number])}
              >
                {ends.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
            {error && <ErrorNote error={error} />}
            <div class="row">
              <button type="submit" class="button primary">
                Close the run
              </button>
              <button type="button" class="button" onClick={() => setOpen(false)}>
                Keep it running
              </button>
            </div>
          </form>
        </Modal>
      )}
    </>
  )
}
