import { PGlite } from '@electric-sql/pglite'
import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, test } from 'vitest'
import type { SdkRecord, SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import { type ExporterOptions, PostgresLogRecordExporter, PostgresSpanExporter } from '../../src/exporter.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, emptyDatabase, freshDatabase } from '../support/postgres.ts'
import { readablesOf } from '../support/readable.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, recordingNames } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'
import { exported, patient } from './fixture.ts'

const recordings = recordingNames().map(readablesOf)

/** Batches as a batch processor makes them, but smaller, so that they divide traces. */
function batches<Item>(items: readonly Item[], size = 20): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

const spans = batches(recordings.flatMap((one) => one.spans))
const records = batches(recordings.flatMap((one) => one.records))

function spansRequest(batch: readonly SdkSpan[]): OtlpRequest {
  return requestOf('traces', ProtobufTraceSerializer.serializeRequest(batch as never)!)
}

function recordsRequest(batch: readonly SdkRecord[]): OtlpRequest {
  return requestOf('logs', ProtobufLogsSerializer.serializeRequest(batch as never)!)
}

function requestOf(signal: 'traces' | 'logs', bytes: Uint8Array): OtlpRequest {
  return { signal, format: 'protobuf', body: Buffer.from(bytes) }
}

async function exportAll(options: ExporterOptions, only: (i: number) => boolean = () => true): Promise<void> {
  const spanExporter = new PostgresSpanExporter({ ...patient, ...options, migrate: true })
  const logExporter = new PostgresLogRecordExporter(spanExporter)
  for (const batch of spans.filter((_, i) => only(i))) expect(await exported(spanExporter, batch)).toEqual({ code: 0 })
  for (const batch of records.filter((_, i) => only(i))) expect(await exported(logExporter, batch)).toEqual({ code: 0 })
  await Promise.all([spanExporter.shutdown(), logExporter.shutdown()])
}

let made: Promise<string> | undefined

/** The rows that a receiver makes of the same objects, sent by the official encoder. */
function rowsOfReceiver(): Promise<string> {
  made ??= makeRows()
  return made
}

async function makeRows(): Promise<string> {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  const sent = await sendAll([...spans.map(spansRequest), ...records.map(recordsRequest)], [receiver.http])
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
  return await dumpLedger(client)
}

describe('E34: an exporter writes the rows of a receiver', async () => {
  test('into a PostgreSQL', async () => {
    await using database = await emptyDatabase()
    await exportAll({ connectionString: database.url })
    await using client = await connect(database.url)
    expect(await dumpLedger(client)).toBe(await rowsOfReceiver())
  })

  test('into a PGlite of the app', async () => {
    const pglite = await PGlite.create()
    await exportAll({ database: pglite })
    const client = { query: (sql: string, values?: unknown[]) => pglite.query(sql, values) }
    expect(await dumpLedger(client as never)).toBe(await rowsOfReceiver())
    await pglite.close()
  })

  test('beside a receiver that writes the same traces at the same time', async () => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    const isFirstHalf = (i: number) => i % 2 === 0
    const [traces, logs] = [spans, records].map((all) => all.filter((_, i) => i % 3 > 0 || !isFirstHalf(i)))
    await Promise.all([
      exportAll({ connectionString: database.url }, isFirstHalf),
      sendAll(
        [...(traces as SdkSpan[][]).map(spansRequest), ...(logs as SdkRecord[][]).map(recordsRequest)],
        [receiver.http],
      ),
    ])
    expect(await dumpLedger(client)).toBe(await rowsOfReceiver())
  })
})
