import type { ComponentChildren } from 'preact'

interface TableScrollOptions {
  /** What the table shows, for screen readers. */
  readonly name: string
  readonly children: ComponentChildren
}

/** A table that may be wider than the window: it is scrolled by itself, by the keyboard too. */
export function TableScroll({ name, children }: TableScrollOptions) {
  return (
    <div class="table-scroll" role="group" aria-label={name} tabIndex={0}>
      {children}
    </div>
  )
}
