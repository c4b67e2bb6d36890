import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api/client.ts'
import type { Answer } from '../api/use-answer.ts'
import { Icon } from './icon.tsx'

export function ErrorNote({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="note error error-note" role="alert">
      <Icon name="warn" />
      <div>
        <p>{error.message}</p>
        {error.hint && <p class="muted">{error.hint}</p>}
      </div>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Shows an answer when it is there, and why it isn't until then. */
export function WithAnswer<T>({
  answer,
  children,
}: {
  readonly answer: Answer<T>
  readonly children: (value: T) => ComponentChildren
}) {
  const { value, error, reload } = answer
  if (error !== null && (value === null || !error.isTransient)) return <ErrorNote error={error} retry={reload} />
  if (value === null) return <Waiting />
  return (
    <>
      {error !== null && <ErrorNote error={error} retry={reload} />}
      {children(value)}
    </>
  )
}

export function Waiting() {
  return (
    <p class="waiting" role="status">
      Loading…
    </p>
  )
}

/** What stands in place of rows that aren't there. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="nothing">
      <p>{title}</p>
      {children && <div class="muted">{children}</div>}
    </div>
  )
}
