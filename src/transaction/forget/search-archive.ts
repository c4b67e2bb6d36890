import { dashed, taskId } from '../../settle/model/ids.ts'
import { findRows, type WantedValues } from '../../store/archive/find-rows.ts'
import type { Database } from '../../store/database.ts'
import { statement } from '../statements.ts'
import { archiveKey, type ForgetTarget } from './forget-archive.ts'

/** A file of the archive that has rows of a target, or may have some. */
export interface FileWithRows {
  readonly file: string
  /** null: the file can't be read here. */
  readonly rows: number | null
}

/** Which files of the archive have rows of a target, and the workflows of these rows. */
export interface ArchiveSearch {
  readonly files: readonly FileWithRows[]
  readonly workflows: ReadonlySet<string>
}

/**
 * Looks for a target in all files of the archive. The tasks come first: they say which workflows a user or session has. The
 * time is that of reading one or two columns of each file.
 */
export async function searchArchive(database: Database, target: ForgetTarget): Promise<ArchiveSearch> {
  const { key, archived } = await database.transaction(async (session) => ({
    key: await archiveKey(session, target),
    archived: await session.query<{ name: string; file: string }>(statement('archived_files')),
  }))
  const ofWorkflow = target.kind === 'workflow'
  const workflows = new Set(ofWorkflow ? [target.id] : [])
  const tasks = new Set(ofWorkflow ? [dashed(taskId(target.id))] : [])
  const ofTarget: WantedValues =
    target.kind === 'user'
      ? { user_id: new Set([dashed(key!)]) }
      : target.kind === 'session'
        ? { session_id: new Set([target.id]) }
        : {}
  const files: FileWithRows[] = []
  const search = async (isTaskFile: boolean) => {
    for (const { file } of archived.filter(({ name }) => (name === 'task_executions') === isTaskFile)) {
      const found = await findRows(file, { ...ofTarget, workflow_id: workflows, task_id: tasks })
      if ('unreadable' in found) files.push({ file, rows: null })
      else if (found.rows.length > 0) files.push({ file, rows: found.rows.length })
      if (!isTaskFile || 'unreadable' in found) continue
      for (const { id, workflow_id } of found.rows) {
        tasks.add(String(id))
        workflows.add(String(workflow_id))
      }
    }
  }
  await search(true)
  await search(false)
  return { files, workflows }
}
