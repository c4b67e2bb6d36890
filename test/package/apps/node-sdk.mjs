import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { PostgresSpanExporter } from 'spanledger-exporter'

const sdk = new NodeSDK({ traceExporter: new PostgresSpanExporter({ migrate: true }) })
sdk.start()
const attributes = { workflow_id: process.env.WORKFLOW }
trace.getTracer('app').startSpan('run', { attributes }).end()
await sdk.shutdown()
console.log('exported')
