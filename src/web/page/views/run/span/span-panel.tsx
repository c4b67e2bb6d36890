import type { SpanAnswer } from '../../../../answers/span.ts'
import { useAnswer } from '../../../api/use-answer.ts'
import { count, exactMoney, money, nothing, share } from '../../../format/numbers.ts'
import { duration, moment } from '../../../format/times.ts'
import { Copy } from '../../../parts/copy.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { JsonTree } from '../../../parts/json-tree.tsx'
import { WithAnswer } from '../../../parts/notes.tsx'
import { SqlButton } from '../../../parts/sql-button.tsx'
import { partName } from '../calls/cost-parts.ts'
import { Messages } from './messages.tsx'
import { ToolRuns } from './tool-runs.tsx'

interface SpanPanelOptions {
  readonly workflow: string
  readonly id: string
  readonly onClose: () => void
}

/** Everything of one span: what it cost, why it counts or doesn't, what was said, and what was sent. */
export function SpanPanel({ workflow, id, onClose }: SpanPanelOptions) {
  const [trace = '', span = ''] = id.split('/')
  const path = `/api/workflows/${encodeURIComponent(workflow)}/spans/${encodeURIComponent(trace)}/${encodeURIComponent(span)}`
  const answer = useAnswer<SpanAnswer>(path)
  return (
    <aside class="span-panel" aria-label="Span">
      <button type="button" class="button quiet panel-close" aria-label="Close the span" onClick={onClose}>
        <Icon name="close" />
      </button>
      <WithAnswer answer={answer}>{(known) => <Known span={known} />}</WithAnswer>
    </aside>
  )
}

const kindNames: Readonly<Record<string, string>> = {
  workflow: 'Workflow',
  task: 'Task',
  agent: 'Agent',
  llm: 'Model call',
  embedding: 'Embedding',
  rerank: 'Reranking',
  tool: 'Tool run',
}

function Known({ span }: { readonly span: SpanAnswer }) {
  return (
    <>
      <header class="panel-head">
        <h2>{span.name}</h2>
        <p class="muted">
          {kindNames[span.kind] ?? 'Span'}
          {span.agent !== null && span.agent !== span.name && `, in ${span.agent}`}, {duration(span.duration_ms)}
          {span.ended_at === null && ', still runs'}
        </p>
      </header>
      {span.error !== null && (
        <p class="note error">
          <Icon name="warn" />
          <span>{span.error}</span>
        </p>
      )}
      <Why span={span} />
      {span.call !== null && <CostParts span={span} />}
      {span.tools.length > 0 && <ToolRuns tools={span.tools} />}
      {span.messages.length > 0 && <Messages messages={span.messages} />}
      <Details span={span} />
    </>
  )
}

function Why({ span }: { readonly span: SpanAnswer }) {
  return (
    <section class="panel-part">
      <h3>Why it {span.counted ? 'counts' : 'does not count'}</h3>
      <ul class="reasons">
        {span.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {!span.counted && span.reported !== null && (
        <p class="muted">
          It reports {count(span.reported.prompt_tokens)} tokens in and {count(span.reported.completion_tokens)} out.
        </p>
      )}
      {span.unread_usage.length > 0 && (
        <p class="muted">
          Not read: <code>{span.unread_usage.join(', ')}</code>
        </p>
      )}
    </section>
  )
}

/** Tokens as a number; what is no token with its unit, since it is in no sum of tokens. */
function quantityText(part: string, quantity: number | null): string {
  if (quantity === null || part === 'request') return ''
  if (part === 'web_search') return quantity === 1 ? '1 search' : `${count(quantity)} searches`
  return count(quantity)
}

function CostParts({ span }: { readonly span: SpanAnswer }) {
  const call = span.call!
  const total = BigInt(call.cost_nano_usd)
  return (
    <section class="panel-part">
      <h3>What it cost</h3>
      <table class="data compact">
        <thead class="hidden">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Quantity</th>
            <th scope="col">Share</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {span.cost_parts.map(({ part, quantity, cost_nano_usd }) => (
            <tr key={part}>
              <th scope="row">{partName(part)}</th>
              <td class="number muted">{quantityText(part, quantity)}</td>
              <td class="number muted">{cost_nano_usd === '0' ? '' : share(Number(cost_nano_usd), Number(total))}</td>
              <td class="number">{cost_nano_usd === '0' ? nothing : exactMoney(cost_nano_usd)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{call.unpriced ? 'No price is known' : 'Cost'}</th>
            <td class="number">{count(call.total_tokens)}</td>
            <td />
            <td class="number">{exactMoney(total)}</td>
          </tr>
        </tfoot>
      </table>
      <p class="muted">
        {call.model}, {call.provider}
        {call.service_tier !== null && `, tier ${call.service_tier}`}
        {call.price_source !== null && `, price: ${call.price_source}`}
        {total > 0n &&
          call.total_tokens > 0 &&
          `, ${money((total * 1_000_000n) / BigInt(call.total_tokens))} a million tokens`}
      </p>
    </section>
  )
}

function Details({ span }: { readonly span: SpanAnswer }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Trace', span.trace_id],
    ['Span', span.span_id],
    ['Parent', span.parent_span_id],
    ['Dialect', span.dialect],
    ['Service', span.service],
    ['Scope', span.scope],
    ['Outcome', span.outcome],
    ['Started', moment(span.started_at)],
  ]
  return (
    <>
      <section class="panel-part">
        <h3>Identity</h3>
        <dl class="pairs">
          {facts.map(
            ([name, value]) =>
              value !== null &&
              value !== '' && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd class={/Trace|Span|Parent/.test(name) ? 'mono' : ''}>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </section>
      <details class="panel-part attributes">
        <summary>
          <h3>Attributes, as they were sent</h3>
        </summary>
        {span.attributes === null ? (
          <p class="muted">None are kept.</p>
        ) : (
          <>
            <JsonTree value={span.attributes} />
            <Copy text={JSON.stringify(span.attributes, null, 2)} what="the attributes" label="Copy" />
          </>
        )}
      </details>
      {span.rows.length > 0 && (
        <details class="panel-part">
          <summary>
            <h3>Rows that it made</h3>
          </summary>
          <ul class="mono rows">
            {span.rows.map((row) => (
              <li key={row}>{row}</li>
            ))}
          </ul>
        </details>
      )}
      <footer class="row">
        <SqlButton sql={span.sql} of="this span" />
      </footer>
    </>
  )
}
