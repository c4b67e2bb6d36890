import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface CopyOptions {
  readonly text: string
  /** What is copied, for the name of the button: "Copy SQL". */
  readonly what: string
  readonly label?: string
}

export function Copy({ text, what, label }: CopyOptions) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <button type="button" class={label ? 'button' : 'button quiet small'} aria-label={`Copy ${what}`} onClick={copy}>
      <Icon name={copied ? 'check' : 'copy'} />
      {label && (copied ? 'Copied' : label)}
    </button>
  )
}

/** By way of a field where the page isn't served over TLS or loopback, and has no clipboard. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}
