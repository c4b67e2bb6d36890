import { useState } from 'preact/hooks'

/** A value of JSON that opens where it is clicked; what isn't open isn't drawn. */
export function JsonTree({ value, name }: { readonly value: unknown; readonly name?: string }) {
  const [open, setOpen] = useState(name === undefined)
  const label = name !== undefined && <span class="json-key">{name}</span>
  if (value === null || typeof value !== 'object')
    return (
      <div class="json-line">
        {label}
        <span class={`json-${value === null ? 'null' : typeof value}`}>{leaf(value)}</span>
      </div>
    )
  const entries = Object.entries(value)
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  return (
    <details class="json" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span class="muted">{size}</span>
      </summary>
      {open && entries.slice(0, 500).map(([key, inner]) => <JsonTree key={key} name={key} value={inner} />)}
      {open && entries.length > 500 && <p class="muted">{entries.length - 500} more are not shown.</p>}
    </details>
  )
}

function leaf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Reads a text as JSON where it is an object or a list; null: it is a plain text. */
export function structureOf(text: string): object | null {
  if (!/^\s*[[{]/.test(text)) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
