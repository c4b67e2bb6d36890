// Exports run after run, says which are acknowledged, and is killed. Argument: the database.
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { exported, patient, runOf } from '../fixture.ts'

// one connection has one transaction at a time: a batch isn't shared out by its traces
const exporter = new PostgresSpanExporter({ connectionString: process.argv[2], ...patient, poolSize: 1 })
for (let i = 0; ; i++) {
  const batch = [0, 1, 2].flatMap((j) => runOf(`dies-${3 * i + j}`))
  const { code } = await exported(exporter, batch)
  if (code === 0) process.stdout.write(`${3 * i + 3}\n`)
}
