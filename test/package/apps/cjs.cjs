const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base')
const { PostgresSpanExporter } = require('spanledger-exporter')
const run = require('./run.cjs')

run(BasicTracerProvider, [new BatchSpanProcessor(new PostgresSpanExporter({ migrate: true }))])
