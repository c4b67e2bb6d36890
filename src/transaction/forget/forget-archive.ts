import { namedId, taskId } from '../../settle/model/ids.ts'
import { type ArchivePart, keyOfPart, relationOf } from '../../store/archive/parts.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'

/** What is forgotten: one run, or all runs of a user or session, by the id that spans name, as the columns hold it. */
export interface ForgetTarget {
  readonly kind: 'user' | 'workflow' | 'session'
  readonly id: string
}

/**
 * Lists what is forgotten for the files of the archive: `archive_deletions` says what must be deleted in them. The key of a
 * run is that of its task, the key of a user that in `users`. Resolves to whether there is an archive.
 */
export async function listForArchive(session: Session, { kind, id }: ForgetTarget): Promise<boolean> {
  const [archive] = await session.query<{ archived: boolean }>(statement('has_archive'))
  if (archive?.archived !== true) return false
  await session.query(statement('list_for_archive'), [kind, id, await archiveKey(session, { kind, id })])
  return true
}

/** The id of a target in the archive: of a run, that of its task; of a user, that in `users`; null for a session. */
export async function archiveKey(session: Session, { kind, id }: ForgetTarget): Promise<string | null> {
  if (kind === 'workflow') return taskId(id)
  if (kind === 'session') return null
  const [user] = await session.query<{ id: string }>(statement('user_key'), [id])
  return user?.id ?? namedId('user', id)
}

/** Takes from the list what no file of the archive has rows of. */
export async function unlistForArchive(session: Session, { kind, id }: ForgetTarget): Promise<void> {
  await session.query(statement('unlist_for_archive'), [kind, id])
}

/** Removes the rows of a run that wait to be archived, and returns their number. Only our own rows: their ids are UUIDs of version 8. */
export async function forgetWaiting(session: Session, workflow: string, tasks: readonly string[]): Promise<number> {
  let rows = 0
  const parts = await session.query<ArchivePart>(statement('lock_waiting_parts'))
  for (const part of parts) {
    const [owner, value] = part.name === 'token_usage' ? ['task_id', tasks] : ['workflow_id', [workflow]]
    const type = owner === 'task_id' ? 'uuid' : 'text'
    const gone = await session.query(
      `delete from ${relationOf(part)} where ${owner} = any ($1::${type}[]) and substr(id::text, 15, 1) = '8' returning 1 as gone`,
      [value],
    )
    if (gone.length > 0) await session.query(statement('change_archive_part'), keyOfPart(part))
    rows += gone.length
  }
  return rows
}
