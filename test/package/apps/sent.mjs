// The same spans by the exporter and, with the official one, to a bridge. Version 3 has other names for two things.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { PostgresSpanExporter } from 'spanledger-exporter'
import run from './run.cjs'

const version3 = process.env.SDK === '3'
const sdk = await import(version3 ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-base')
const { BatchSpanProcessor } = sdk
const exporters = [new PostgresSpanExporter({ migrate: true }), new OTLPTraceExporter()]
const processors = exporters.map((exporter) => new BatchSpanProcessor(version3 ? { exporter } : exporter))
await run(version3 ? sdk.TracerProvider : sdk.BasicTracerProvider, processors)
