import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { readLayout } from '../partitions/table-layout.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'
import { type ArchiveColumn, readColumns } from './archive-columns.ts'
import { publishFile, removeFile, verifyParquet, writeParquet } from './parquet-file.ts'
import { type ArchivePart, fileNameOf, keyOfPart, readWaitingParts, relationOf } from './parts.ts'

/** A part that is in its file, and no longer in the database. */
export interface ArchivedPart {
  readonly file: string
  readonly rows: number
}

/** How many blocks of 8 KiB one statement reads. */
const blocksPerPage = 256
const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 60_000 }

/**
 * Writes what waits to be archived into Parquet files, one for each table and month, and drops it from the database: each
 * part after its file is complete, on the disk and read back. A process that ends in the middle leaves parts waiting, and
 * its unfinished file is written again. Several may run at once: each part is written by one of them.
 */
export async function archiveWaiting(database: Database, folder: string): Promise<ArchivedPart[]> {
  const archived: ArchivedPart[] = []
  for (const part of await database.transaction(readWaitingParts)) {
    const one = await archivePart(database, path.join(folder, database.tenant), part)
    if (one !== null) archived.push(one)
  }
  return archived
}

/** Throws `Unavailable` when rows were taken out of the part while it was written: the next call writes it anew. */
async function archivePart(database: Database, folder: string, part: ArchivePart): Promise<ArchivedPart | null> {
  const claim = randomUUID()
  const claimed = await database.transaction((session) => claimWhole(session, part, claim))
  if (claimed === null) return null
  const { relation, columns, changes } = claimed
  const file = path.join(folder, fileNameOf(part))
  const temporary = `${file}.${claim}`
  try {
    const contents = await writeParquet(temporary, columns, pagesOf(database, part, { relation, columns, claim }))
    if (contents.rows > 0) await verifyParquet(temporary, columns, contents)
    await database.transaction(async (session) => {
      const locked = await session.query(storeStatement('lock_archive_part'), [...keyOfPart(part), claim, changes])
      if (locked.length === 0) throw new Unavailable(`${relation} was changed while it was archived`)
      if (contents.rows > 0) await publishFile(temporary, file)
      await session.query(`drop table ${relation}`)
      if (contents.rows === 0) await session.query(storeStatement('drop_archive_part'), keyOfPart(part))
      else await session.query(storeStatement('finish_archive_part'), [...keyOfPart(part), contents.rows, file])
    }, limits)
    return contents.rows === 0 ? null : { file, rows: contents.rows }
  } catch (error) {
    await releasePart(database, part, claim)
    throw error
  } finally {
    await removeFile(temporary)
  }
}

interface ClaimedPart {
  readonly relation: string
  readonly columns: readonly ArchiveColumn[]
  /** Counts how often rows were taken out of the part. */
  readonly changes: number
}

/** Claims a part; null where another process has it, or where its rows are gone. */
async function claimWhole(session: Session, part: ArchivePart, claim: string): Promise<ClaimedPart | null> {
  const changes = await claimPart(session, part, claim)
  const layout = await readLayout(session, part.name)
  if (changes === null || layout === null) return null
  const relation = `${quoted(layout.schema)}.${relationOf(part)}`
  const columns = await readColumns(session, relation)
  if (columns.length > 0) return { relation, columns, changes }
  await session.query(storeStatement('drop_archive_part'), keyOfPart(part))
  return null
}

async function claimPart(session: Session, part: ArchivePart, claim: string): Promise<number | null> {
  const [row] = await session.query<{ changes: number }>(storeStatement('claim_archive_part'), [
    ...keyOfPart(part),
    claim,
  ])
  return row?.changes ?? null
}

/** Lets the next call have a part at once. Where that fails, the claim ends by itself. */
async function releasePart(database: Database, part: ArchivePart, claim: string): Promise<void> {
  const released = database.transaction((session) =>
    session.query(storeStatement('release_archive_part'), [...keyOfPart(part), claim]),
  )
  await released.catch(() => {})
}

/** Reads the rows of a part in short transactions, which keep no old version of any row of the database. */
async function* pagesOf(
  database: Database,
  part: ArchivePart,
  { relation, columns, claim }: Pick<ClaimedPart, 'relation' | 'columns'> & { readonly claim: string },
): AsyncGenerator<readonly object[]> {
  const selection = columns.map(({ sql }, i) => `${sql} as c${i}`).join(', ')
  const blocks = await database.transaction(async (session) => {
    const [row] = await session.query<{ blocks: string }>(
      `select (pg_relation_size($1::regclass) / current_setting('block_size')::bigint)::text as blocks`,
      [relation],
    )
    return Number(row!.blocks)
  })
  for (let from = 0; from < blocks; from += blocksPerPage) {
    const place = (block: number) => `'(${block},0)'::tid`
    yield await database.transaction(async (session) => {
      if ((await claimPart(session, part, claim)) === null)
        throw new Unavailable(`another process has taken over ${relation}`)
      return session.query<object>(
        `select ${selection} from ${relation} where ctid >= ${place(from)} and ctid < ${place(from + blocksPerPage)}`,
      )
    }, limits)
  }
}
