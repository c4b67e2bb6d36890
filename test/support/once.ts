import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { inject } from 'vitest'

/**
 * Makes a folder once in a test run, in whichever worker needs it first; the others wait. `make` gets a path where
 * nothing is yet.
 */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(inject('runFolder'), name)
  const unfinished = `${folder}.unfinished`
  for (; !existsSync(folder); await pause(50)) {
    const isFirst = await mkdir(`${folder}.lock`).then(
      () => true,
      () => false,
    )
    if (!isFirst || existsSync(folder)) continue
    try {
      await make(unfinished)
      await rename(unfinished, folder)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      await rm(`${folder}.lock`, { recursive: true })
      throw error
    }
  }
  return folder
}
