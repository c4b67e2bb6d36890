import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import {
  type ExporterOptions,
  LiveSpanProcessor,
  PostgresLogRecordExporter,
  PostgresSpanExporter,
} from 'spanledger-exporter'

const options: ExporterOptions = { connectionString: 'postgres://localhost/agents', content: 1000 }
const exporter: SpanExporter = new PostgresSpanExporter(options)
export const processors: readonly unknown[] = [
  new BatchSpanProcessor(exporter),
  new LiveSpanProcessor(new PostgresSpanExporter(), { delayMillis: 1_000 }),
  new PostgresLogRecordExporter(options),
]
// @ts-expect-error: there is no such content
export const wrong: ExporterOptions = { content: 'some' }
