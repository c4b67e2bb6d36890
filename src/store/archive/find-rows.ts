import { messageOf } from '../../errors.ts'

/** By column: the values that are looked for. A row is found where one of these columns has one of its values. */
export type WantedValues = Readonly<Record<string, ReadonlySet<string>>>

/** Rows of a file of the archive, or why it can't be read here. */
export type FoundRows = { readonly rows: readonly Record<string, unknown>[] } | { readonly unreadable: string }

/** Finds rows in a file of the archive, which may be on another machine. Row group by row group: one is in memory at once. */
export async function findRows(file: string, wanted: WantedValues): Promise<FoundRows> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet')
  try {
    const buffer = await asyncBufferFromFile(file)
    const metadata = await parquetMetadataAsync(buffer)
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name)
    const looked = columns.filter((name) => wanted[name] !== undefined)
    const read = [...new Set([...looked, ...columns.filter((name) => name === 'id' || name === 'workflow_id')])]
    const rows: Record<string, unknown>[] = []
    let rowStart = 0
    for (const { num_rows: length } of metadata.row_groups) {
      const rowEnd = rowStart + Number(length)
      const group = await parquetReadObjects({ file: buffer, metadata, columns: read, rowStart, rowEnd })
      rows.push(...group.filter((row) => looked.some((name) => wanted[name]!.has(String(row[name])))))
      rowStart = rowEnd
    }
    return { rows }
  } catch (error) {
    return { unreadable: messageOf(error) }
  }
}
