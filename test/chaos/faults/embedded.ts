import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../plan.ts'
import type { Apply } from './effect.ts'

/** Faults of the bridge that has the embedded database. */
export const embeddedFaults = {
  'embedded killed': async ({ embedded }) => {
    await embedded.bridge.kill()
    await embedded.bridge.start()
    return { hitTransaction: true }
  },
  'embedded frozen': async ({ embedded }, { lastsMs }) => {
    embedded.bridge.signal('SIGSTOP')
    await pause(lastsMs)
    embedded.bridge.signal('SIGCONT')
    return { hitTransaction: true }
  },
  'embedded disk full': async ({ embedded }, { lastsMs }) => {
    if (!embedded.isOwnDisk) return { hitTransaction: false, leftOut: 'no tmpfs can be mounted here' }
    fillDisk(embedded.folder)
    await pause(lastsMs)
    rmSync(path.join(embedded.folder, 'filler'), { force: true })
    return { hitTransaction: true }
  },
} satisfies Partial<Record<FaultKind, Apply>>

function fillDisk(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  const file = path.join(folder, 'filler')
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize))
  } catch {
    // it is full
  }
}
