import type { Session } from '../database.ts'
import { type Month, partitionName } from '../partitions/months.ts'
import { quoted } from '../search-path.ts'
import { storeStatement } from '../statements.ts'

/** Rows of a month that were taken out of a table, and wait in a table of their own until they are in a file. */
export interface ArchivePart {
  /** The table whose rows they are. */
  readonly name: string
  readonly month: Month
  /** From 1: rows of a month may come after its first part was taken. */
  readonly part: number
}

/** A part that waits to be archived. */
export interface WaitingPart extends ArchivePart {
  /** A process writes its file. */
  readonly isClaimed: boolean
}

/** Lists the parts that wait to be archived. */
export function readWaitingParts(session: Session): Promise<WaitingPart[]> {
  return session.query<WaitingPart>(storeStatement('waiting_parts'))
}

/** Adds the next part of a month to the books. `isDetached`: the part is what was a partition. */
export async function addPart(
  session: Session,
  { name, month, isDetached }: Omit<ArchivePart, 'part'> & { readonly isDetached: boolean },
): Promise<ArchivePart> {
  await session.query(storeStatement('lock_archive_parts'))
  const [row] = await session.query<{ part: number }>(storeStatement('add_archive_part'), [
    name,
    `${month}-01`,
    isDetached,
  ])
  return { name, month, part: row!.part }
}

/** The name of the table in which a part waits, in the schema of the table whose rows they are. */
export function relationOf({ name, month, part }: ArchivePart): string {
  return quoted(`${partitionName(name, month)}_expired_${part}`)
}

/** The name of the file in which a part is archived. */
export function fileNameOf({ name, month, part }: ArchivePart): string {
  return `${partitionName(name, month)}${part === 1 ? '' : `.${part}`}.parquet`
}

/** What names a part in statements. */
export function keyOfPart({ name, month, part }: ArchivePart): (string | number)[] {
  return [name, `${month}-01`, part]
}
