import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Unavailable } from '../../errors.ts'

/** More than any single page that the database adds to a file. */
const triedBytes = 256 * 1024

/**
 * Tries whether the disk of a folder takes bytes: reading goes on when it is full, and a transaction that writes nothing
 * succeeds. Throws `Unavailable` with the reason where it doesn't.
 */
export async function checkRoomOnDisk(folder: string): Promise<void> {
  const file = path.join(folder, `room-${process.pid}`)
  try {
    await using tried = await open(file, 'w')
    await tried.writeFile(Buffer.alloc(triedBytes))
    await tried.sync()
  } catch (error) {
    throw new Unavailable(`nothing can be written to ${folder}: ${messageOf(error)}`, {
      cause: error,
      reason: 'database',
    })
  } finally {
    await rm(file, { force: true })
  }
}
