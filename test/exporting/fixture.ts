import { setTimeout as sleep } from 'node:timers/promises'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import { decode } from '../../src/decode/decode.ts'
import type { SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import type { ExportResult } from '../../src/exporter.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
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
  await using database = openPostgres({ url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  await migrate(database)
}

/** The lines of the SDK's own logger while a test runs. */
export function listenToDiag(): Disposable & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const write = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '))
  const logger: DiagLogger = { error: write, warn: write, info: write, debug: write, verbose: write }
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true })
  return { lines, [Symbol.dispose]: () => diag.disable() }
}

/** Limits of time that no export reaches, however busy the machine is; a test of a limit gives its own. */
export const patient = { timeoutMillis: 300_000, shutdownTimeoutMillis: 300_000 } as const

/**
 * Resolves with what `work` resolves with; rejects where that comes later than the next timer after those of so many
 * milliseconds, which `work` has started already. The order of timers is the same however busy the machine is.
 */
export function beforeTimer<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it took longer than ${milliseconds} ms`)), milliseconds + 1)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Asks again until the answer is true; fails with what was asked for after five minutes. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const lateMs = performance.now() + 300_000
  while (!(await isSo())) {
    if (performance.now() > lateMs) throw new Error(`it never came to this: ${what}`)
    await sleep(20)
  }
}
