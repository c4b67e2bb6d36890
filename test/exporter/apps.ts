import { setTimeout as sleep } from 'node:timers/promises'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { decode } from '../../src/decode/decode.ts'
import type { SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import type { ExportResult } from '../../src/exporter.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { type SpanSketch, smallRun, tracesRequest } from '../support/otlp.ts'
import { readableSpan } from '../support/readable.ts'

/** Hands items to an exporter; resolves with its one answer, rejects where it answers twice. */
export function exported<Item>(
  exporter: { export(items: Item[], callback: (result: ExportResult) => void): void },
  items: readonly Item[],
): Promise<ExportResult> {
  return new Promise((resolve, reject) => {
    let answers = 0
    exporter.export([...items], (result) => {
      answers++
      if (answers > 1) reject(new Error('it has called back twice'))
      else resolve(result)
    })
  })
}

/** Spans as an SDK has them. */
export function spansOf(sketches: readonly SpanSketch[]): SdkSpan[] {
  const { signal, format, body } = tracesRequest(sketches)
  return decode(signal, format, body).spans.map(readableSpan)
}

/** A small run: a root that names its workflow, and a model call. */
export function runOf(workflowId: string): SdkSpan[] {
  return spansOf(smallRun(workflowId))
}

/** Makes the tables, as `spanledger migrate` does. */
export async function makeTables(url: string): Promise<void> {
  await using database = openPostgres({ url, connections: 1, connectTimeoutMs: 2_000, description: 'test' })
  await migrate(database)
}

/** What is told to the SDK's own logger while a test runs. */
export function listenToDiag(): Disposable & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const write = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '))
  const logger: DiagLogger = { error: write, warn: write, info: write, debug: write, verbose: write }
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true })
  return { lines, [Symbol.dispose]: () => diag.disable() }
}

/** Asks again until the answer is true; fails with what was asked for after 30 s. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const lateMs = performance.now() + 30_000
  while (!(await isSo())) {
    if (performance.now() > lateMs) throw new Error(`it never came to this: ${what}`)
    await sleep(20)
  }
}
