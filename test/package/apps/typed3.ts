import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace'
import { type ExporterOptions, PostgresSpanExporter } from 'spanledger-exporter'

const options: ExporterOptions = { timeoutMillis: 5_000 }
const exporter: SpanExporter = new PostgresSpanExporter(options)
export const processor: BatchSpanProcessor = new BatchSpanProcessor({ exporter })
