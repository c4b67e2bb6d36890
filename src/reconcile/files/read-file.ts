import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'
import { messageOf } from '../../errors.ts'
import { Unreadable } from '../unreadable.ts'
import { type ExportObject, isObject, type Json, parseExportJson } from './json-text.ts'
import { columnName, columnsIn, objectRow, type Row, textRow } from './rows.ts'

/** What a file is, before its format is known. */
export interface ExportFile {
  readonly path: string
  /** The values of a JSON file; none of other files. */
  readonly documents: readonly Json[]
  /** The names of the columns of a table, as `columnName` writes them. */
  readonly columns: ReadonlySet<string>
  /** The rows of a table: of CSV, Parquet, or a list of JSON objects. */
  readonly rows: AsyncIterable<Row>
}

/** Reads a file by what its first bytes say it is: JSON, Parquet or CSV, with gzip around it or not. */
export async function readExportFile(path: string): Promise<ExportFile> {
  try {
    const head = await firstBytes(path)
    const isGzip = head[0] === 0x1f && head[1] === 0x8b
    if (head.subarray(0, 4).toString('latin1') === 'PAR1') return await parquetFile(path)
    if (isUtf16(head)) throw new Unreadable('it is UTF-16: save it as UTF-8')
    const beginning = withoutMark((isGzip ? await inflated(path) : head).subarray(0, 4096).toString('utf8')).trimStart()
    if (beginning === '') throw new Unreadable('it is empty')
    if (/^[{[]/.test(beginning)) return jsonFile(path, isGzip ? await inflated(path) : await readFile(path))
    return await csvFile(path, () => {
      const bytes = createReadStream(path)
      return isGzip ? bytes.pipe(createGunzip()) : bytes
    })
  } catch (error) {
    throw new Unreadable(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await openFile(path)
  const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(4096), 0, 4096, 0)
  return buffer.subarray(0, bytesRead)
}

async function openFile(path: string) {
  const handle = await open(path)
  return { handle, [Symbol.asyncDispose]: () => handle.close() }
}

async function inflated(path: string): Promise<Buffer> {
  return gunzipSync(await readFile(path))
}

function isUtf16(head: Buffer): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function jsonFile(path: string, bytes: Buffer): ExportFile {
  const documents = parseExportJson(withoutMark(bytes.toString('utf8')))
  const objects = tableIn(documents)
  return {
    path,
    documents,
    columns: new Set(objects.slice(0, 50).flatMap((object) => [...columnsIn(object)])),
    rows: objectRows(objects),
  }
}

/** The objects that are rows: those of one list, or of a list under `data` or `records`, or one a line. */
function tableIn(documents: readonly Json[]): ExportObject[] {
  return documents.flatMap((document) => {
    if (Array.isArray(document)) return (document as readonly Json[]).filter(isObject)
    if (!isObject(document)) return []
    const list = document.data ?? document.records
    if (Array.isArray(list)) return (list as readonly Json[]).filter(isObject)
    return [isObject(list) ? list : document]
  })
}

async function* objectRows(objects: readonly ExportObject[]): AsyncGenerator<Row> {
  for (const object of objects) yield objectRow(object)
}

async function csvFile(path: string, bytes: () => Readable): Promise<ExportFile> {
  const { parse } = await import('csv-parse')
  const parser = () => {
    const source = bytes()
    const parsed = parse({ bom: true, relax_column_count: true, skip_empty_lines: true })
    source.on('error', (error) => parsed.destroy(error))
    return source.pipe(parsed) as AsyncIterable<string[]>
  }
  const names = await firstOf(parser())
  return { path, documents: [], columns: new Set(names), rows: csvRows(path, parser, names) }
}

async function firstOf(records: AsyncIterable<string[]>): Promise<string[]> {
  for await (const record of records) return record.map(columnName)
  throw new Unreadable('it has no row')
}

async function* csvRows(
  path: string,
  parser: () => AsyncIterable<string[]>,
  names: readonly string[],
): AsyncGenerator<Row> {
  let line = 0
  for await (const cells of parser()) {
    line++
    if (line === 1) continue
    if (cells.length < names.length && cells.some((cell) => cell !== ''))
      throw new Unreadable(`${path}: row ${line} has ${cells.length} of ${names.length} columns: the file is truncated`)
    yield textRow(names, cells)
  }
}

async function parquetFile(path: string): Promise<ExportFile> {
  const { parquetRows } = await import('./parquet-rows.ts')
  return { path, documents: [], ...(await parquetRows(path)) }
}
