import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Schema } from '../../../api/types.ts'

interface CodeMirrorOptions {
  readonly parent: HTMLElement
  readonly text: string
  /** For completion; null: of the language alone. */
  readonly schema: Schema | null
  readonly onChange: (text: string) => void
  readonly onRun: () => void
}

const highlighting = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--agent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--completed)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--tool)' },
  { tag: tags.comment, color: 'var(--faint)', fontStyle: 'italic' },
])

/** Opens the editor. Its style sheets are constructed ones, which a strict policy allows. */
export function openEditor({ parent, text, schema, onChange, onRun }: CodeMirrorOptions): EditorView {
  const tables = Object.fromEntries(
    (schema?.tables ?? []).map(({ name, columns }) => [
      name,
      columns.map((column) => ({ label: column.name, detail: column.type, info: column.meaning })),
    ]),
  )
  const run = () => {
    onRun()
    return true
  }
  return new EditorView({
    parent,
    doc: text,
    extensions: [
      keymap.of([{ key: 'Mod-Enter', run }, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
      history(),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ icons: false }),
      sql({ dialect: PostgreSQL, schema: tables }),
      syntaxHighlighting(highlighting),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange(update.state.doc.toString())
      }),
    ],
  })
}
