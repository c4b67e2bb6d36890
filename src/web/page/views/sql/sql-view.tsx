import { useRef, useState } from 'preact/hooks'
import type { SqlAnswer } from '../../../answers/sql.ts'
import { type ApiError, post } from '../../api/client.ts'
import { asApiError } from '../../api/use-answer.ts'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { Copy } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ErrorNote } from '../../parts/notes.tsx'
import { navigate } from '../../state/location.ts'
import { remember, remembered } from '../../state/theme.ts'
import { Editor } from './editor.tsx'
import { saveCsv } from './save-csv.ts'
import { SchemaList } from './schema-list.tsx'
import { SqlTable } from './sql-table.tsx'

const key = 'spanledger.sql'
const example = `select provider, model, count(*) as calls, round(sum(cost_nano_usd) / 1e9, 6) as cost_usd
from token_usage
group by 1, 2
order by cost_usd desc`

interface Outcome {
  readonly answer: SqlAnswer | null
  readonly error: ApiError | null
}

/** A question of one's own: the database lets it read only, and only for so long. */
export function SqlView({ settings }: { readonly settings: Readonly<Record<string, string>> }) {
  const [sql, setSql] = useState(settings.sql ?? remembered(key) ?? example)
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
      </div>
    </div>
  )
}
