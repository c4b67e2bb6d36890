// An app whose libraries are all instrumented, as the NodeSDK registers them. It exports runs, asks its own database, and
// says how many spans of which instrumentations it has seen, and how many came after it had nothing more to say.
const { setTimeout: sleep } = require('node:timers/promises')
const { trace } = require('@opentelemetry/api')
const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace')
const { PostgresSpanExporter } = require('spanledger-exporter')

const connectionString = process.env.OTEL_EXPORTER_POSTGRES_CONNECTION_STRING
const exporter = new PostgresSpanExporter({ migrate: true })
const seen = []
const watch = {
  onStart() {},
  onEnd: (span) => void seen.push(span.instrumentationScope.name.replace(/.*-/, '')),
  async forceFlush() {},
  async shutdown() {},
}
const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: 10 })
const sdk = new NodeSDK({ spanProcessors: [processor, watch], instrumentations: [getNodeAutoInstrumentations()] })
sdk.start()

async function main() {
  const { Client } = require('pg')
  const client = new Client({ connectionString })
  await client.connect()
  await client.query('select 1')
  await client.end()
  for (let i = 0; i < 3; i++) {
    trace
      .getTracer('app')
      .startSpan('run', { attributes: { workflow_id: process.env.WORKFLOW } })
      .end()
    await processor.forceFlush()
    await exporter.forceFlush()
  }
  const before = seen.length
  for (let i = 0; i < 5; i++) {
    await sleep(20)
    await processor.forceFlush()
    await exporter.forceFlush()
  }
  const count = (name) => seen.filter((one) => one === name).length
  console.log(JSON.stringify({ pg: count('pg'), later: seen.length - before }), 'exported')
  await sdk.shutdown()
}

main()
