import type { Readable } from 'node:stream'
import type { Chunks } from '../../../accept/body/chunks.ts'
import { Malformed, messageOf } from '../../../errors.ts'
import type { ForeignRow } from './span.ts'

const [quote, backslash] = [0x22, 0x5c]
const opening = new Set([0x7b, 0x5b])
const closing = new Set([0x7d, 0x5d])

/** The most bytes of one row. */
const mostBytes = 256 * 1024 * 1024

/**
 * Reads the rows of a JSON file: an object a line, a list of objects, or pages of an API, which have their list under `data`.
 * A list is read object by object, so that a file of any length takes no memory.
 */
export async function* jsonRows(chunks: Chunks): AsyncGenerator<ForeignRow> {
  for await (const text of objectsIn(chunks)) {
    const object = parse(text)
    if (Array.isArray(object.data)) yield* object.data as ForeignRow[]
    else yield object
  }
}

function parse(text: string): ForeignRow {
  try {
    return JSON.parse(text) as ForeignRow
  } catch (error) {
    throw new Malformed(`it is no JSON: ${messageOf(error)}`)
  }
}

/** The texts of the objects of a list, or of objects one after the other. */
async function* objectsIn(chunks: Chunks): AsyncGenerator<string> {
  let held: Buffer[] = []
  let heldBytes = 0
  let [depth, isInText, isEscaped, isList] = [0, false, false, false]
  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (isInText) {
        if (isEscaped) isEscaped = false
        else if (byte === backslash) isEscaped = true
        else if (byte === quote) isInText = false
      } else if (byte === quote) isInText = true
      else if (opening.has(byte)) {
        if (depth === 0 && byte === 0x5b && !isList) isList = true
        else if (depth++ === 0) from = at
      } else if (closing.has(byte)) {
        if (depth === 0) isList = false
        else if (--depth === 0) {
          yield Buffer.concat([...held, chunk.subarray(from, at + 1)]).toString('utf8')
          held = []
          heldBytes = 0
        }
      }
    }
    if (depth === 0) continue
    held.push(chunk.subarray(from))
    heldBytes += chunk.length - from
    if (heldBytes > mostBytes) throw new Malformed(`a row is longer than ${mostBytes} bytes`)
  }
  if (depth > 0) throw new Malformed('it ends in the middle of JSON: the file is truncated')
}

/** Reads the rows of a CSV file by its line of heads. Empty cells are left out. */
export async function* csvRows(source: Readable): AsyncGenerator<ForeignRow> {
  const { parse: parser } = await import('csv-parse')
  const parsing = parser({ bom: true, columns: true, skip_empty_lines: true, relax_column_count: false })
  source.on('error', (error) => parsing.destroy(error))
  try {
    for await (const row of source.pipe(parsing) as AsyncIterable<Record<string, string>>)
      yield Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''))
  } catch (error) {
    throw new Malformed(messageOf(error))
  }
}

/** Reads the rows of a Parquet file, row group by row group; times keep their nanoseconds. */
export async function* parquetRows(path: string): AsyncGenerator<ForeignRow> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
  const { decompress } = await import('fzstd')
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  let rowStart = 0
  for (const { num_rows: length } of metadata.row_groups) {
    const rowEnd = rowStart + Number(length)
    const objects = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors: { ZSTD: (input) => decompress(input) },
      parsers: { timestampFromNanoseconds: (nanos: bigint) => nanos, timestampFromMicroseconds: (us: bigint) => us },
    })
    yield* objects as ForeignRow[]
    rowStart = rowEnd
  }
}
