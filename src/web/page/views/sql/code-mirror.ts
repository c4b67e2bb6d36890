import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView, keymap } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { SchemaAnswer } from '../../../answers/server.ts'

interface CodeMirrorOptions {
  readonly parent: HTMLElement
  readonly text: string
  /** For completion; null: of the language alone. */
  readonly schema: SchemaAnswer | null
  readonly onChange: (text: string) => void
  readonly onRun: () => void
}

/** The sheets of the page don't reach into a shadow root, its custom properties do. */
const theme = EditorView.theme({
  '&': { border: '1px solid var(--line-strong)', borderRadius: 'var(--radius)', background: 'var(--panel)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { font: '13px / 1.55 var(--mono)', minHeight: '150px', maxHeight: '40dvh', padding: '4px 6px' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-tooltip': { background: 'var(--raised)', border: '1px solid var(--line-strong)', color: 'var(--text)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
})

const highlighting = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--agent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--completed)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--tool)' },
  { tag: tags.comment, color: 'var(--faint)', fontStyle: 'italic' },
])

/** Opens the editor in a shadow root: there its style sheets are constructed ones, which a strict policy allows. */
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
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' })
  return new EditorView({
    parent: root,
    root,
    doc: text,
    extensions: [
      theme,
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
