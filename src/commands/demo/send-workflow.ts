import { once } from 'node:events'
import { createConnection } from 'node:net'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import type { Config } from '../../config/settings.ts'
import { messageOf, Unavailable } from '../../errors.ts'
import type { ExpectedRows, ScriptedAnswer } from './recorded-steps.ts'
import { runScenario } from './scenario.ts'

/** Dollars per million tokens, as the providers list them. */
const listPrices: Config['prices'] = {
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'claude-haiku-4-5': { input: 1, output: 5 },
}

/** For the answer to all spans; the SDK's own is 10 s, which a busy machine may need. */
const timeoutMillis = 60_000

/** Throws `Unavailable` where nothing listens: the SDK would try for ten seconds, and then say less. */
export async function mustListen(address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`)
  const socket = createConnection(Number(port || 80), hostname.replace(/[[\]]/g, ''))
  try {
    await once(socket, 'connect')
  } catch (error) {
    throw new Unavailable(
      `nobody listens on ${address} (${messageOf(error)}). Start Spanledger in another terminal with \`npx spanledger serve\`; if it listens elsewhere, say where with --grpc-listen.`,
    )
  } finally {
    socket.destroy()
  }
}

interface SentWorkflow {
  /** What sends or writes the spans. */
  readonly exporter: SpanExporter
  /** The receiver's own prices, which go before the list prices. */
  readonly prices: Config['prices']
  readonly run: { readonly id: string; readonly user: string }
}

/**
 * Returns what sends spans to a receiver, whose OTLP/gRPC is at host:port. Its credential and certificates are those of
 * OTEL_EXPORTER_OTLP_HEADERS and its sisters, which the SDK reads.
 */
export function receiverExporter(address: string, isTls: boolean): SpanExporter {
  return new OTLPTraceExporter({ url: `${isTls ? 'https' : 'http'}://${address}`, timeoutMillis })
}

/** Runs the scenario and sends its spans. Resolves to the rows that they must make when all spans are acknowledged. */
export async function sendWorkflow({ exporter, prices, run }: SentWorkflow): Promise<ExpectedRows> {
  const provider = new BasicTracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: timeoutMillis })],
  })
  const costNano = (answer: ScriptedAnswer) => listedCost({ ...listPrices, ...prices }, answer)
  const recorder = { tracer: provider.getTracer('spanledger-demo'), costNano, events: [], usage: [], tools: [] }
  try {
    const expected = await runScenario(recorder, run)
    await provider.forceFlush()
    return expected
  } finally {
    await provider.shutdown()
  }
}

/** A dollar for a million tokens is a thousand nano-dollars for one. */
function listedCost(prices: Config['prices'], { model, input, cached, output }: ScriptedAnswer): number {
  const price = prices[model]!
  const dollars = (input - cached) * price.input + cached * (price.cached ?? price.input) + output * (price.output ?? 0)
  return Math.round(dollars * 1000)
}
