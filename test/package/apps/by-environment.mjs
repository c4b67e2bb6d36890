// An app that is configured by the environment alone.
import { DiagConsoleLogger, diag, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

diag.setLogger(new DiagConsoleLogger())
const sdk = new NodeSDK()
sdk.start()
trace.getTracer('app').startSpan('run').end()
await sdk.shutdown()
console.log('ended')
