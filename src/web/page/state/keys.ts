import { useEffect, useRef } from 'preact/hooks'

/** By `key` of the keyboard event; with a `mod+` where Control or Command is held. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Acts on keys while a view is shown, except where a person types or a dialog is open. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys)
  current.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return
      const mod = event.ctrlKey || event.metaKey
      const act = current.current[mod ? `mod+${event.key}` : event.key]
      if (act === undefined) return
      if (!mod && isTyping(event.composedPath()[0] ?? null)) return
      if (document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      act(event)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
}
