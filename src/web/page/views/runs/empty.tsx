import { useState } from 'preact/hooks'
import type { MetaAnswer } from '../../../answers/server.ts'
import { Copy } from '../../parts/copy.tsx'

interface Way {
  readonly name: string
  readonly line: string
  readonly hint: string
}

/** One line each to paste; all send to this bridge. */
function waysTo(http: string, needsCredential: boolean): readonly Way[] {
  const header = needsCredential ? 'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$TOKEN" ' : ''
  const where = `OTEL_EXPORTER_OTLP_ENDPOINT=${http} ${header}`
  const span =
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\'$(openssl rand -hex 16)\'","spanId":"\'$(openssl rand -hex 8)\'",' +
    '"name":"chat gpt-4o","startTimeUnixNano":"\'$(date +%s)\'000000000","endTimeUnixNano":"\'$(date +%s)\'500000000",' +
    '"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model",' +
    '"value":{"stringValue":"gpt-4o"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"12"}},' +
    '{"key":"gen_ai.usage.output_tokens","value":{"intValue":"3"}}]}]}]}]}'
  const authorization = needsCredential ? ' -H "authorization: Bearer $TOKEN"' : ''
  return [
    {
      name: 'Node',
      line: `${where}node --import @opentelemetry/auto-instrumentations-node/register app.js`,
      hint: 'After npm install @opentelemetry/auto-instrumentations-node, with the instrumentation of your framework.',
    },
    {
      name: 'Python',
      line: `${where}OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf opentelemetry-instrument python app.py`,
      hint: 'After pip install opentelemetry-distro opentelemetry-exporter-otlp and opentelemetry-bootstrap -a install.',
    },
    {
      name: 'curl',
      line: `curl ${http}/v1/traces -H 'content-type: application/json'${authorization} -d '${span}'`,
      hint: 'Sends one model call of twelve tokens in and three out.',
    },
  ]
}

/** What a bridge without a run shows; the list takes its place as soon as a span arrives. */
export function Empty({ meta }: { readonly meta: MetaAnswer }) {
  const [chosen, setChosen] = useState(0)
  const { http, grpc } = meta.endpoints
  const ways = waysTo(http, meta.credentials)
  const way = ways[chosen]!
  return (
    <section class="empty" aria-labelledby="empty-title">
      <div class="pulse" aria-hidden="true" />
      <h1 id="empty-title">Waiting for the first span</h1>
      <p class="muted">Send OpenTelemetry traces or logs here. This page turns by itself when one arrives.</p>
      <dl class="endpoints">
        <div>
          <dt>OTLP over HTTP</dt>
          <dd>
            <code>{http}</code> <Copy text={http} what="the HTTP endpoint" />
          </dd>
        </div>
        <div>
          <dt>OTLP over gRPC</dt>
          <dd>
            <code>{grpc}</code> <Copy text={grpc} what="the gRPC endpoint" />
          </dd>
        </div>
      </dl>
      <fieldset class="chips">
        <legend class="hidden">Language</legend>
        {ways.map(({ name }, index) => (
          <button
            type="button"
            key={name}
            class="button"
            aria-pressed={index === chosen}
            onClick={() => setChosen(index)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <div class="paste">
        <pre>{way.line}</pre>
        <Copy text={way.line} what={`the line for ${way.name}`} label="Copy" />
      </div>
      <p class="muted">{way.hint}</p>
      <p class="muted">
        Or look at made-up runs first: <code>spanledger demo</code>
      </p>
    </section>
  )
}
