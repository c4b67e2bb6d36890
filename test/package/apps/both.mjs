import { createRequire } from 'node:module'
import { LiveSpanProcessor, PostgresLogRecordExporter, PostgresSpanExporter } from 'spanledger-exporter'

const imported = { LiveSpanProcessor, PostgresLogRecordExporter, PostgresSpanExporter }
const required = createRequire(import.meta.url)('spanledger-exporter')
const same = Object.entries(imported).every(([name, value]) => typeof value === 'function' && required[name] === value)
console.log(same ? 'the same' : 'others')
