// Exports run after run, says which are acknowledged, and is killed. Argument: the database.
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { exported, runOf } from '../apps.ts'

const exporter = new PostgresSpanExporter({ connectionString: process.argv[2] })
for (let i = 0; ; i++) {
  const batch = [0, 1, 2].flatMap((j) => runOf(`dies-${3 * i + j}`))
  const { code } = await exported(exporter, batch)
  if (code === 0) process.stdout.write(`${3 * i + 3}\n`)
}
