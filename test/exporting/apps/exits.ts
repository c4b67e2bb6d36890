// Exports a run and comes to its end without a shutdown. Argument: the database.
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { patient, runOf } from '../fixture.ts'

const exporter = new PostgresSpanExporter({ connectionString: process.argv[2], ...patient })
exporter.export(runOf('exits'), ({ code }) => {
  // counted by a timer, which rings once and not several times after the process had to wait for the machine
  let seconds = 0
  setInterval(() => seconds++, 1_000).unref()
  process.once('exit', () => console.log(JSON.stringify({ code, seconds })))
})
