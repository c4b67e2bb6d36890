/**
 * What the embedded database takes: until it listens (the first time, when it is made, and later), for each span, and on
 * the disk for a million of them. `npm run bench:embedded`; BENCH_REQUESTS changes how many requests of 512 spans are sent.
 */

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { encodedLoad, idOnEverySpan } from './load.ts'
import { startReceiver } from './receiver.ts'
import { writeResult } from './results.ts'
import { sendAll } from './senders.ts'

const requests = Number(process.env.BENCH_REQUESTS ?? 200)
const spans = requests * 512
const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-bench-'))
const settings = { DATABASE_URL: '', SPANLEDGER_DATA_DIR: path.join(folder, 'data') }
try {
  const [first, firstMs] = await timed(() => startReceiver(settings))
  console.log(`first start: listens after ${seconds(firstMs)}`)
  await first.stop()
  const empty = await bytesIn('base')
  const [receiver, laterMs] = await timed(() => startReceiver(settings))
  console.log(`later start: listens after ${seconds(laterMs)}`)
  const { bodies } = encodedLoad(idOnEverySpan, requests, 'size')
  const [, sentMs] = await timed(() => sendAll(receiver, idOnEverySpan, bodies))
  const spansPerSecond = (spans / sentMs) * 1000
  console.log(`${spans} spans acknowledged: ${spansPerSecond.toFixed(0)} spans/s`)
  await writeResult('embedded', { spansPerSecond, laterStartMs: laterMs })
  await receiver.stop()
  const bytes = await bytesIn('base')
  console.log(`tables and indexes: ${gigabytes(empty)} empty, ${gigabytes(bytes)} with them`)
  console.log(`write-ahead log, which is used again: ${gigabytes(await bytesIn('pg_wal'))}`)
  console.log(`a million spans: ${gigabytes(((bytes - empty) / spans) * 1e6)}`)
  const [again, againMs] = await timed(() => startReceiver(settings))
  console.log(`start with them: listens after ${seconds(againMs)}`)
  await again.stop()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  return [await work(), performance.now() - start]
}

/** In a part of PostgreSQL's folder. */
async function bytesIn(part: string): Promise<number> {
  const entries = await readdir(path.join(folder, 'data', 'database', part), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}
