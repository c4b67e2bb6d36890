// Exports from a worker thread while the main one does, too. Argument: the database.
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { exported, patient, runOf } from '../fixture.ts'

const url = isMainThread ? process.argv[2] : workerData
const exporter = new PostgresSpanExporter({ connectionString: url, ...patient })
const ended = isMainThread ? once(new Worker(new URL(import.meta.url), { workerData: url })) : undefined
const results = await Promise.all(
  Array.from({ length: 20 }, (_, i) => exported(exporter, runOf(`${isMainThread ? 'main' : 'worker'}-${i}`))),
)
await exporter.shutdown()
await ended
if (results.some(({ code }) => code !== 0)) throw new Error('an export has failed')

function once(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => worker.once('error', reject).once('exit', () => resolve()))
}
