import { existsSync, statfsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** A file system in memory, which Linux has. */
const inMemory = '/dev/shm'

/** What the databases of a run need at most, in bytes, several times over. */
const room = 2 * 2 ** 30

/**
 * The folder for the files of databases, all of which go with the run: in memory where there is room for them, since
 * creating and deleting the hundreds of files of each database on a disk costs half of PostgreSQL's time.
 */
export const dataFolder: string = hasRoom() ? inMemory : os.tmpdir()

function hasRoom(): boolean {
  if (!existsSync(inMemory)) return false
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize >= room && os.freemem() >= room
}

/** Removes what a run that was killed has left in memory. No run takes this long. */
export async function removeLeftovers(olderThanMs = 6 * 3_600_000): Promise<void> {
  if (dataFolder !== inMemory) return
  const names = (await readdir(inMemory)).filter((name) => name.startsWith('spanledger-'))
  for (const folder of names.map((name) => path.join(inMemory, name))) {
    const made = await stat(folder).catch(() => null)
    if (made !== null && made.mtimeMs < Date.now() - olderThanMs) await rm(folder, { recursive: true, force: true })
  }
}
