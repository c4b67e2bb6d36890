import type { RunAnswer } from '../../../answers/run.ts'
import { Copy } from '../../parts/copy.tsx'
import { JsonTree } from '../../parts/json-tree.tsx'

export function TextTab({ run: { run } }: { readonly run: RunAnswer }) {
  return (
    <div class="page-scroll">
      <div class="texts">
        <Text name="Question" text={run.query} absent="No span says what was asked." />
        <Text
          name="Answer"
          text={run.result ?? ''}
          absent={run.status === 'RUNNING' ? 'It still runs.' : 'No span says what was answered.'}
        />
        {run.error_message !== null && <Text name="Error" text={run.error_message} absent="" />}
        {Object.keys(run.metadata).length > 0 && (
          <section>
            <h2>Metadata</h2>
            <JsonTree value={run.metadata} />
          </section>
        )}
      </div>
    </div>
  )
}

function Text({ name, text, absent }: { readonly name: string; readonly text: string; readonly absent: string }) {
  return (
    <section>
      <header class="row">
        <h2>{name}</h2>
        {text !== '' && <Copy text={text} what={name.toLowerCase()} />}
      </header>
      {text === '' ? <p class="muted">{absent}</p> : <pre class="text">{text}</pre>}
    </section>
  )
}
