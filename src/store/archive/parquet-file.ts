import { access, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type ArchiveColumn, type ArchiveValue, archiveValue } from './archive-columns.ts'
import { addValues, type ColumnSum, differingColumns, emptySums } from './column-sums.ts'

/** The values of some rows, column by column. */
export type Columns = readonly ArchiveValue[][]

/** What was written into a file. */
export interface Contents {
  readonly rows: number
  readonly sums: readonly ColumnSum[]
}

/** The most rows and bytes that are in memory at once: what one row group has. */
const mostRows = 50_000
const mostBytes = 8_000_000

/** Writes pages of rows into a Parquet file, row group by row group. The packages are loaded by the first file. */
export async function writeParquet(
  file: string,
  columns: readonly ArchiveColumn[],
  pages: AsyncIterable<readonly object[]>,
): Promise<Contents> {
  const { ParquetWriter, fileWriter } = await import('hyparquet-writer')
  await mkdir(path.dirname(file), { recursive: true })
  const root = { name: 'root', num_children: columns.length }
  const schema = [root, ...columns.map(({ element }) => element)]
  const writer = new ParquetWriter({ writer: fileWriter(file), schema, createdBy: 'spanledger' })
  const sums = emptySums(columns)
  let rows = 0
  for await (const group of rowGroups(columns, pages)) {
    const length = group[0]?.length ?? 0
    const columnData = columns.map(({ name }, i) => ({ name, data: group[i]!, offsetIndex: false }))
    await writer.write({ columnData, rowGroupSize: length })
    columns.forEach((column, i) => {
      addValues(sums[i]!, column, group[i]!)
    })
    rows += length
    // a receiver that archives goes on answering
    await turn()
  }
  await writer.finish()
  return { rows, sums }
}

async function* rowGroups(
  columns: readonly ArchiveColumn[],
  pages: AsyncIterable<readonly object[]>,
): AsyncGenerator<Columns> {
  let group = columns.map((): ArchiveValue[] => [])
  let bytes = 0
  for await (const page of pages) {
    for (const row of page) {
      const values = Object.values(row)
      columns.forEach((column, i) => {
        const value = archiveValue(column, values[i])
        if (typeof value === 'string') bytes += value.length
        group[i]!.push(value)
      })
      if (bytes < mostBytes && group[0]!.length < mostRows) continue
      yield group
      group = columns.map(() => [])
      bytes = 0
    }
  }
  if (group[0]!.length > 0) yield group
}

/** Reads a file back, row group by row group. Throws an Error where it has not what was written. */
export async function verifyParquet(file: string, columns: readonly ArchiveColumn[], written: Contents): Promise<void> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetRead } = await import('hyparquet')
  const buffer = await asyncBufferFromFile(file)
  const metadata = await parquetMetadataAsync(buffer)
  const rows = Number(metadata.num_rows)
  if (rows !== written.rows) throw new Error(`${file} has ${rows} rows, and ${written.rows} were written`)
  // as plain numbers and bytes: what a reader makes of decimals and times is rounded
  const schema = metadata.schema.map(({ converted_type: _, logical_type: __, ...element }) => element)
  const sums = emptySums(columns)
  const index = new Map(columns.map(({ name }, i) => [name, i]))
  let rowStart = 0
  for (const { num_rows: length } of metadata.row_groups) {
    const rowEnd = rowStart + Number(length)
    const onChunk = ({ columnName, columnData }: { columnName: string; columnData: ArrayLike<unknown> }) => {
      const i = index.get(columnName)!
      addValues(sums[i]!, columns[i]!, columnData)
    }
    await parquetRead({ file: buffer, metadata: { ...metadata, schema }, rowStart, rowEnd, utf8: false, onChunk })
    rowStart = rowEnd
    await turn()
  }
  const differing = differingColumns(columns, written.sums, sums)
  if (differing.length > 0) throw new Error(`${file} has other values than were written in ${differing.join(', ')}`)
}

/**
 * Gives a complete file its name, after its bytes are on the disk; its folder knows it when this resolves. Throws an Error
 * where a file of that name is there and is not to be replaced.
 */
export async function publishFile(temporary: string, file: string, replaces: boolean): Promise<void> {
  await sync(temporary, 'r+')
  // a link fails where the name is taken, in one step
  if (!replaces && (await hasLinked(temporary, file))) await removeFile(temporary)
  else await rename(temporary, file)
  await sync(path.dirname(file), 'r')
}

/** Gives a file a second name that no file has. Resolves to false where the file system has no such links. */
async function hasLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await fileExists(to))) throw error
    return false
  }
}

/** Whether there is a file of a name. */
export async function fileExists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Removes what processes have left that ended while they wrote a file. */
export async function removeUnfinished(file: string): Promise<void> {
  const folder = path.dirname(file)
  const names = await readdir(folder).catch(() => [])
  const isUnfinished = (name: string) => name.startsWith(`${path.basename(file)}.`)
  for (const name of names.filter(isUnfinished)) await removeFile(path.join(folder, name))
}

async function sync(name: string, flags: string): Promise<void> {
  await using handle = await open(name, flags)
  await handle.sync()
}

/** Removes a file that was not finished. */
export async function removeFile(file: string): Promise<void> {
  await rm(file, { force: true })
}
