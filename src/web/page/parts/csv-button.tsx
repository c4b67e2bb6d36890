import { useState } from 'preact/hooks'
import { download } from '../api/client.ts'
import { asApiError } from '../api/use-answer.ts'
import { Icon } from './icon.tsx'

/** Saves all rows that match, not those alone that are shown. */
export function CsvButton({ url, name }: { readonly url: string; readonly name: string }) {
  const [state, setState] = useState<'ready' | 'busy' | string>('ready')
  const save = async () => {
    setState('busy')
    await download(url, name).then(
      () => setState('ready'),
      (error: unknown) => setState(asApiError(error).message),
    )
  }
  return (
    <button
      type="button"
      class="button"
      aria-label={`Download ${name}`}
      disabled={state === 'busy'}
      title={state === 'ready' || state === 'busy' ? 'All rows that match' : state}
      onClick={save}
    >
      <Icon name={state === 'ready' || state === 'busy' ? 'download' : 'warn'} />
      CSV
    </button>
  )
}
