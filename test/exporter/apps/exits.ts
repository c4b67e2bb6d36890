// Exports a run and comes to its end without a shutdown. Argument: the database.
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { runOf } from '../apps.ts'

const exporter = new PostgresSpanExporter({ connectionString: process.argv[2] })
exporter.export(runOf('exits'), ({ code }) => {
  const since = performance.now()
  process.once('exit', () => console.log(JSON.stringify({ code, afterMs: performance.now() - since })))
})
