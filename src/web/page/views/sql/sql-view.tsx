import { useEffect, useRef, useState } from 'preact/hooks'
import type { SqlAnswer } from '../../../answers/sql.ts'
import { type ApiError, post } from '../../api/client.ts'
import { asApiError } from '../../api/use-answer.ts'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { Copy } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { hasGoneOn, navigate } from '../../state/location.ts'
import { remember, remembered } from '../../state/theme.ts'
import { Editor } from './editor.tsx'
import { examples } from './examples.ts'
import { saveCsv } from './save-csv.ts'
import { SchemaList } from './schema-list.tsx'
import { SqlTable } from './sql-table.tsx'

const key = 'spanledger.sql'

interface Outcome {
  readonly answer: SqlAnswer | null
  readonly error: ApiError | null
}

/** A question of one's own: the database lets it read only, and only for so long. */
export function SqlView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const [sql, setSql] = useState(settings.sql ?? remembered(key) ?? examples[0]!.sql)
  const [outcome, setOutcome] = useState<Outcome>({ answer: null, error: null })
  const [busy, setBusy] = useState(false)
  const latest = useRef(sql)
  latest.current = sql
  const run = async () => {
    const asked = latest.current
    setBusy(true)
    remember(key, asked)
    navigate({ view: 'sql', settings: { sql: asked } }, { replace: true })
    await post<SqlAnswer>('/api/sql', { sql: asked }).then(
      (answer) => setOutcome({ answer, error: null }),
      (error: unknown) => setOutcome({ answer: null, error: asApiError(error) }),
    )
    setBusy(false)
  }
  // rows behind a number are shown at once; what another site has linked to waits for a person
  useEffect(() => {
    if (settings.sql !== undefined && hasGoneOn()) void run()
  }, [])
  const { answer, error } = outcome
  return (
    <div class="sql-view">
      <h1 class="hidden">SQL</h1>
      <SchemaList onInsert={(text) => setSql((before) => `${before.trimEnd()} ${text}`)} />
      <div class="sql-main">
        <Editor sql={sql} onChange={setSql} onRun={run} />
        <div class="row wrap">
          <button type="button" class="button primary" disabled={busy} onClick={run}>
            <Icon name="play" />
            {busy ? 'Running' : 'Run'}
          </button>
          <Copy text={sql} what="SQL" label="Copy" />
          {answer && (
            <button type="button" class="button" onClick={() => saveCsv(answer, 'query.csv')}>
              <Icon name="download" />
              CSV
            </button>
          )}
          <span class="muted" role="status">
            {answer === null
              ? 'Reads only. Ctrl Enter runs it.'
              : `${count(answer.rows.length)}${answer.more ? ' rows, more are left out' : ' rows'} in ${duration(answer.took_ms)}`}
          </span>
        </div>
        {error && <ErrorNote error={error} />}
        {answer && <SqlTable answer={answer} />}
        {answer === null && error === null && !busy && <Examples onChoose={setSql} />}
      </div>
    </div>
  )
}

function Examples({ onChoose }: { readonly onChoose: (sql: string) => void }) {
  return (
    <section class="sql-examples" aria-labelledby="sql-examples">
      <h2 id="sql-examples">To begin with</h2>
      <ul>
        {examples.map(({ name, sql }) => (
          <li key={name}>
            <button type="button" class="card" onClick={() => onChoose(sql)}>
              <span class="sql-example-name">{name}</span>
              <code>{sql}</code>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
