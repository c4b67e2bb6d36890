import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Compressors, FileMetaData, SchemaElement } from 'hyparquet'
import type { Json } from './json-text.ts'
import { columnName, objectRow, type Row } from './rows.ts'

/** A column of decimal numbers: whole numbers, of which the last `scale` digits are after the point. */
type Scales = ReadonlyMap<string, number>

/** Reads the rows of a Parquet file, row group by row group. Decimal numbers keep all their digits. */
export async function parquetRows(path: string): Promise<{ columns: Set<string>; rows: AsyncIterable<Row> }> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
  const file = await asyncBufferFromFile(path)
  const read = await parquetMetadataAsync(file)
  const scales = scalesIn(read)
  // the reader would make floats of decimals
  const metadata = { ...read, schema: read.schema.map(withoutDecimal) }
  const compressors = await compressorsFor()
  async function* rows(): AsyncGenerator<Row> {
    let rowStart = 0
    for (const { num_rows: length } of metadata.row_groups) {
      const rowEnd = rowStart + Number(length)
      const objects = await parquetReadObjects({ file, metadata, rowStart, rowEnd, utf8: false, compressors })
      for (const object of objects) yield rowOf(object, scales)
      rowStart = rowEnd
    }
  }
  return { columns: new Set(read.schema.slice(1).map(({ name }) => columnName(name))), rows: rows() }
}

/** The reader has Snappy itself; the other codecs are those that AWS, Azure and Google write. */
async function compressorsFor(): Promise<Compressors> {
  const { decompress } = await import('fzstd')
  return {
    GZIP: (input) => new Uint8Array(gunzipSync(input)),
    BROTLI: (input) => new Uint8Array(brotliDecompressSync(input)),
    ZSTD: (input) => decompress(input),
  }
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL'
}

function scalesIn({ schema }: FileMetaData): Scales {
  return new Map(schema.filter(isDecimal).map(({ name, scale = 0 }) => [name, scale]))
}

function withoutDecimal(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element
  const { converted_type: _, logical_type: __, ...plain } = element
  return plain
}

function rowOf(object: Record<string, unknown>, scales: Scales): Row {
  const entries = Object.entries(object).map(([name, value]) => {
    const scale = scales.get(name)
    return [name, scale === undefined ? jsonOf(value) : decimalText(value, scale)] as const
  })
  return objectRow(Object.fromEntries(entries))
}

function decimalText(value: unknown, scale: number): Json {
  if (value === null || value === undefined) return null
  return `${value instanceof Uint8Array ? signedOf(value) : String(value)}e-${scale}`
}

/** The whole number that bytes are: big-endian, with a sign. */
function signedOf(bytes: Uint8Array): bigint {
  const size = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return BigInt.asIntN(bytes.length * 8, size)
}

function jsonOf(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonOf(inner)]))
  return String(value)
}
