import { onTestFinished } from 'vitest'
import { type ExporterOptions, PostgresSpanExporter } from '../../src/exporter.ts'
import { type Gate, openGate } from '../support/gate.ts'
import { connect, freePort, freshDatabase } from '../support/postgres.ts'
import { makeTables, patient } from './fixture.ts'

/** An exporter that is shut down with the test and, unless the options say otherwise, has all the time that it needs. */
export function exporterFor(url: string, options: ExporterOptions = {}): PostgresSpanExporter {
  const exporter = new PostgresSpanExporter({ connectionString: url, ...patient, ...options })
  onTestFinished(() => exporter.shutdown())
  return exporter
}

/** The URL of a new database with empty tables, which is dropped with the test. */
export async function freshTables(): Promise<string> {
  const database = await freshDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  await makeTables(database.url)
  return database.url
}

/** The URL of a server that doesn't exist. */
export async function unreachable(): Promise<string> {
  return `postgres://nobody@127.0.0.1:${await freePort()}/none`
}

/** The column `value` of the first row of a statement. */
export async function ask<T>(url: string, sql: string): Promise<T> {
  await using client = await connect(url)
  const { rows } = await client.query(sql)
  return rows[0]?.value as T
}

/** A statement for `ask`. */
export const countTasks = 'select count(*)::int as value from task_executions'

/** A database behind a gate: `url` leads through the gate, `direct` past it. */
export async function gated(
  direct: string,
): Promise<{ readonly gate: Gate; readonly url: string; readonly direct: string }> {
  const gate = await openGate()
  onTestFinished(() => gate[Symbol.asyncDispose]())
  const through = new URL(direct)
  gate.leadTo(Number(through.port))
  through.port = String(gate.port)
  return { gate, url: through.href, direct }
}
