import type { EditorView } from '@codemirror/view'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SchemaAnswer } from '../../../answers/server.ts'
import { get } from '../../api/client.ts'

interface EditorOptions {
  readonly sql: string
  readonly onChange: (sql: string) => void
  readonly onRun: () => void
}

/** A plain field at once; highlighting and completion when their code has arrived. */
export function Editor({ sql, onChange, onRun }: EditorOptions) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const [isRich, setIsRich] = useState(false)
  const current = useRef({ sql, onChange, onRun })
  current.current = { sql, onChange, onRun }
  useEffect(() => {
    let isOver = false
    const enrich = async () => {
      const [{ openEditor }, schema] = await Promise.all([
        import('./code-mirror.ts'),
        get<SchemaAnswer>('/api/schema').catch(() => null),
      ])
      if (isOver || place.current === null) return
      view.current = openEditor({
        parent: place.current,
        text: current.current.sql,
        schema,
        onChange: (text) => current.current.onChange(text),
        onRun: () => current.current.onRun(),
      })
      setIsRich(true)
    }
    // without the editor the field stays
    enrich().catch(() => {})
    return () => {
      isOver = true
      view.current?.destroy()
    }
  }, [])
  useEffect(() => {
    const shown = view.current?.state.doc.toString()
    if (shown !== undefined && shown !== sql)
      view.current?.dispatch({ changes: { from: 0, to: shown.length, insert: sql } })
  }, [sql])
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    onRun()
  }
  return (
    <div class="editor">
      <div ref={place} hidden={!isRich} />
      {!isRich && (
        <textarea
          class="field mono"
          aria-label="SQL"
          spellcheck={false}
          rows={7}
          value={sql}
          onInput={(event) => onChange(event.currentTarget.value)}
          onKeyDown={press}
        />
      )}
    </div>
  )
}
