import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Misconfigured, Unavailable } from '../../errors.ts'
import type { Database, Session } from '../database.ts'
import { readLayout } from '../partitions/table-layout.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'
import { type ArchiveColumn, readColumns } from './archive-columns.ts'
import { fileExists, publishFile, removeFile, removeUnfinished, verifyParquet, writeParquet } from './parquet-file.ts'
import { type ArchivePart, fileNameOf, keyOfPart, readWaitingParts, relationOf } from './parts.ts'
import { checkAllRead, pagesOf } from './read-pages.ts'

/** A part that is in its file, and no longer in the database. */
export interface ArchivedPart {
  readonly file: string
  readonly rows: number
}

/** How parts are archived that another process archives. */
export interface ArchiveOptions {
  /** Called once with what another process archives, which is then waited for; without it such parts are left to that one. */
  readonly onWait?: ((parts: readonly ArchivePart[]) => void) | undefined
}

const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 60_000 }
/** How often a claim is renewed, which ends half a minute after its process. */
const renewEveryMs = 10_000
const waitMs = 500

/**
 * Writes what waits to be archived into Parquet files, one for each table and month, and drops it from the database: each
 * part after its file is complete, on the disk and read back. A process that ends in the middle leaves parts waiting, and
 * its unfinished file is written again. Several may run at once: each part is written by one of them.
 */
export async function archiveWaiting(
  database: Database,
  folder: string,
  { onWait }: ArchiveOptions = {},
): Promise<ArchivedPart[]> {
  const archived: ArchivedPart[] = []
  let hasWaited = false
  for (;;) {
    for (const part of await database.transaction(readWaitingParts)) {
      const one = await archivePart(database, path.resolve(folder, database.tenant), part)
      if (one !== null) archived.push(one)
    }
    const waiting = await database.transaction(readWaitingParts)
    const ofOthers = waiting.filter(({ isClaimed }) => isClaimed)
    if (onWait === undefined || ofOthers.length === 0) return archived
    if (!hasWaited) onWait(ofOthers)
    hasWaited = true
    await sleep(waitMs)
  }
}

/** Throws `Unavailable` when rows were taken out of the part while it was written: the next call writes it anew. */
async function archivePart(database: Database, folder: string, part: ArchivePart): Promise<ArchivedPart | null> {
  const claim = randomUUID()
  const file = path.join(folder, fileNameOf(part))
  const claimed = await database.transaction((session) => claimWhole(session, part, { claim, file }))
  if (claimed === null) return null
  const temporary = `${file}.${claim}`
  try {
    await using _ = renewClaim(database, part, claim)
    await removeUnfinished(file)
    return await writePart(database, part, { ...claimed, claim, file, temporary })
  } catch (error) {
    await releasePart(database, part, claim)
    throw error
  } finally {
    await removeFile(temporary)
  }
}

/** Renews a claim until the result is disposed of. A claim that is lost is found out when the part is locked. */
function renewClaim(database: Database, part: ArchivePart, claim: string): AsyncDisposable {
  let renewed: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    renewed = database.transaction((session) => claimPart(session, part, claim)).catch(() => {})
  }, renewEveryMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await renewed
    },
  }
}

interface Writing extends ClaimedPart {
  readonly claim: string
  readonly file: string
  /** What the file is called until it is complete. */
  readonly temporary: string
}

/** Writes the file of a part, reads it back, and drops the part. A part without rows has no file. */
async function writePart(
  database: Database,
  part: ArchivePart,
  { relation, columns, changes, isOwnFile, claim, file, temporary }: Writing,
): Promise<ArchivedPart | null> {
  const onPage = async (session: Session) => {
    if ((await claimPart(session, part, claim)) === null)
      throw new Unavailable(`another process has taken over ${relation}`)
  }
  const pages = pagesOf(database, { relation, columns, onPage })
  const contents = await writeParquet(temporary, columns, pages)
  if (contents.rows > 0) await verifyParquet(temporary, columns, contents)
  await database.transaction(async (session) => {
    const locked = await session.query(storeStatement('lock_archive_part'), [...keyOfPart(part), claim, changes])
    if (locked.length === 0) throw new Unavailable(`${relation} was changed while it was archived`)
    await checkAllRead(session, relation, pages)
    if (contents.rows > 0) await publishFile(temporary, file, isOwnFile)
    await session.query(`drop table ${relation}`)
    if (contents.rows === 0) await session.query(storeStatement('drop_archive_part'), keyOfPart(part))
    else await session.query(storeStatement('finish_archive_part'), [...keyOfPart(part), contents.rows, file])
  }, limits)
  return contents.rows === 0 ? null : { file, rows: contents.rows }
}

interface ClaimedPart {
  readonly relation: string
  readonly columns: readonly ArchiveColumn[]
  /** Counts how often rows were taken out of the part. */
  readonly changes: number
  /** A file of this name is the part's own: a process has ended after the file was complete, before the part was dropped. */
  readonly isOwnFile: boolean
}

/**
 * Claims a part; null where another process has it, or where its rows are gone. Throws `Misconfigured` where a file of its
 * name is there that this database has not written.
 */
async function claimWhole(
  session: Session,
  part: ArchivePart,
  { claim, file }: { readonly claim: string; readonly file: string },
): Promise<ClaimedPart | null> {
  const claimed = await claimPart(session, part, claim)
  const layout = await readLayout(session, part.name)
  if (claimed === null || layout === null) return null
  const relation = `${quoted(layout.schema)}.${relationOf(part)}`
  const columns = await readColumns(session, relation)
  if (columns.length === 0) {
    await session.query(storeStatement('drop_archive_part'), keyOfPart(part))
    return null
  }
  const isThere = await fileExists(file)
  if (isThere && claimed.file !== file)
    throw new Misconfigured(
      `${file} is there already, and this database has not written it: give each database an archive of its own, or move the file away.`,
    )
  await session.query(storeStatement('set_archive_file'), [...keyOfPart(part), file])
  return { relation, columns, changes: claimed.changes, isOwnFile: isThere }
}

interface Claimed {
  readonly changes: number
  /** Where the part was to be archived by the process that had the part last. */
  readonly file: string | null
}

async function claimPart(session: Session, part: ArchivePart, claim: string): Promise<Claimed | null> {
  const [row] = await session.query<Claimed>(storeStatement('claim_archive_part'), [...keyOfPart(part), claim])
  return row ?? null
}

/** Lets the next call have a part at once. Where that fails, the claim ends by itself. */
async function releasePart(database: Database, part: ArchivePart, claim: string): Promise<void> {
  const released = database.transaction((session) =>
    session.query(storeStatement('release_archive_part'), [...keyOfPart(part), claim]),
  )
  await released.catch(() => {})
}
