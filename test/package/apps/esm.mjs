import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { PostgresSpanExporter } from 'spanledger-exporter'
import run from './run.cjs'

await run(BasicTracerProvider, [new BatchSpanProcessor(new PostgresSpanExporter({ migrate: true }))])
