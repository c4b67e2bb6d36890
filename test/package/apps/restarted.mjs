// Exports a run, says so, waits for a line, and exports another: the server is restarted meanwhile.
import { once } from 'node:events'
import { PostgresSpanExporter } from 'spanledger-exporter'

const version3 = process.env.SDK === '3'
const sdk = await import(version3 ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-base')
const Provider = version3 ? sdk.TracerProvider : sdk.BasicTracerProvider
const exporter = new PostgresSpanExporter({ migrate: true })
const processor = new sdk.BatchSpanProcessor(version3 ? { exporter } : exporter)
const provider = new Provider({ spanProcessors: [processor] })
const tracer = provider.getTracer('app')

tracer.startSpan('run', { attributes: { workflow_id: 'before' } }).end()
await provider.forceFlush()
await exporter.forceFlush()
console.log('exported')
await once(process.stdin, 'data')
tracer.startSpan('run', { attributes: { workflow_id: 'after' } }).end()
await provider.shutdown()
process.stdin.destroy()
