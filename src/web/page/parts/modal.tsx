import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface ModalOptions {
  readonly title: string
  readonly onClose: () => void
  readonly wide?: boolean
  /** The title is for screen readers alone. */
  readonly bare?: boolean
  /** It can't be closed without an answer. */
  readonly required?: boolean
  readonly children: ComponentChildren
}

/** A native dialog: it keeps the focus, and closes by Escape or a click beside it. */
export function Modal({ title, onClose, wide, bare, required, children }: ModalOptions) {
  const ref = useRef<HTMLDialogElement>(null)
  // before the next key: one that is typed at once belongs to the dialog, not to what is behind it
  useLayoutEffect(() => {
    const before = document.activeElement
    ref.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={ref}
      class={wide ? 'modal wide' : 'modal'}
      aria-label={title}
      onClose={onClose}
      onCancel={(event) => required && event.preventDefault()}
      onClick={(event) => !required && event.target === ref.current && ref.current?.close()}
    >
      <div class="modal-inside">
        {!bare && (
          <header class="row">
            <h2>{title}</h2>
            <span class="space" />
            {!required && (
              <button type="button" class="button quiet" aria-label="Close" onClick={() => ref.current?.close()}>
                <Icon name="close" />
              </button>
            )}
          </header>
        )}
        {children}
      </div>
    </dialog>
  )
}
