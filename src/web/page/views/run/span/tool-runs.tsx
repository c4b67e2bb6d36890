import type { ToolRunRow } from '../../../../../queries/rows/call-rows.ts'
import { duration } from '../../../format/times.ts'
import { PrettyText } from '../../../parts/pretty-text.tsx'

export function ToolRuns({ tools }: { readonly tools: readonly ToolRunRow[] }) {
  return (
    <section class="panel-part">
      <h3>{tools.length === 1 ? 'Tool run' : 'Tool runs'}</h3>
      {tools.map(({ tool, success, duration_ms, input, output, error }, index) => (
        <div key={index} class="tool-run">
          <p class="row">
            <strong>{tool}</strong>
            <span class={success === false ? 'tag failed' : 'tag'}>
              {success === null ? 'runs' : success ? 'succeeded' : 'failed'}
            </span>
            <span class="muted">{duration(duration_ms)}</span>
          </p>
          {input !== null && <PrettyText name="Arguments" text={input} />}
          {output !== null && output !== '' && <PrettyText name="Result" text={output} />}
          {error !== null && <p class="error-text">{error}</p>}
        </div>
      ))}
    </section>
  )
}
