import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** `.ci/run` gives up what it builds beside the tests after ten minutes at most. */
const longestMs = 11 * 60_000

/** Waits until what is built in a folder of `.cache` is there: its script leaves the id of its process in a file while it runs. */
export async function untilBuilt(folder: string): Promise<void> {
  const deadline = Date.now() + longestMs
  while (isBeingBuilt(folder) && Date.now() < deadline) await pause(200)
}

function isBeingBuilt(folder: string): boolean {
  try {
    const pid = Number(readFileSync(path.join(folder, 'building'), 'utf8'))
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}
