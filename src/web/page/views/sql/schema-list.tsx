import type { SchemaAnswer } from '../../../answers/server.ts'
import { useAnswer } from '../../api/use-answer.ts'

/** The tables that people read, with what their columns mean. */
export function SchemaList({ onInsert }: { readonly onInsert: (text: string) => void }) {
  const { value } = useAnswer<SchemaAnswer>('/api/schema')
  return (
    <nav class="schema" aria-label="Tables">
      <h2>Tables</h2>
      {value?.tables.map((table) => (
        <details key={table.name}>
          <summary title={table.meaning}>{table.name}</summary>
          <ul>
            {table.columns.map((column) => (
              <li key={column.name}>
                <button type="button" class="link clip" title={column.meaning} onClick={() => onInsert(column.name)}>
                  {column.name}
                </button>
                <span class="muted">{column.type}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </nav>
  )
}
