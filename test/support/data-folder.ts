import { existsSync, statfsSync } from 'node:fs'
import os from 'node:os'

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
