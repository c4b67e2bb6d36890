import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { outcomeOf, settingsFor, spawnReceiver } from '../support/command.ts'
import { freshFolder, freshTables } from '../support/embedded.ts'
import { openTestReceiver } from '../support/receiver.ts'

const serve = (folder: string) => settingsFor('', { SPANLEDGER_DATA_DIR: folder })

test('a folder whose owner is frozen is given to no second process', async () => {
  await using folder = await freshTables()
  await using owner = await spawnReceiver('', { SPANLEDGER_DATA_DIR: folder.path })
  owner.process.kill('SIGSTOP')
  const second = await outcomeOf(['serve'], serve(folder.path))
  owner.process.kill('SIGCONT')
  expect(second.code, second.output).not.toBe(0)
  expect(second.output).toContain("doesn't answer")
  expect((await fetch(`${owner.http}/readyz`)).status).toBe(200)
})

/** Whether this process may make network namespaces, in which the abstract names of Linux are others. */
const hasNamespaces = (() => {
  try {
    execFileSync('unshare', ['-n', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

test.runIf(hasNamespaces)(
  'nor is one whose owner is in another network namespace, such as another container',
  async () => {
    await using folder = await freshTables()
    await using _ = await spawnReceiver('', { SPANLEDGER_DATA_DIR: folder.path })
    const env = { PATH: process.env.PATH, ...serve(folder.path) }
    const second = spawn('unshare', ['-n', process.execPath, inject('program'), 'serve'], { env })
    let output = ''
    second.stderr.on('data', (text) => (output += text))
    const [code] = await once(second, 'close')
    expect(code, output).toBe(2)
    expect(output).toContain('is in use')
  },
)

/** A disk of its own for a folder, of so many MB; null where none can be mounted. */
function mountDisk(folder: string, megabytes: number): Disposable | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
    return { [Symbol.dispose]: () => void execFileSync('umount', ['-l', folder]) }
  } catch {
    return null
  }
}

test('/readyz says 503 while the disk of the folder is full, and 200 when it has room again', async ({ skip }) => {
  await using folder = await freshTables()
  await using disk = await freshFolder()
  mkdirSync(disk.path, { recursive: true })
  using mounted = mountDisk(disk.path, 300)
  if (mounted === null) return skip('no tmpfs can be mounted here')
  cpSync(folder.path, disk.path, { recursive: true })
  await using receiver = await openTestReceiver('', { SPANLEDGER_DATA_DIR: disk.path })
  const readiness = async () => {
    const { status, body } = await fetch(`${receiver.http}/readyz`).then(async (answer) => ({
      status: answer.status,
      body: await answer.text(),
    }))
    return `${status} ${body}`
  }
  expect(await readiness()).toMatch(/^200 /)
  const { bavail, bsize } = statfsSync(disk.path)
  const filler = path.join(disk.path, 'filler')
  writeFileSync(filler, Buffer.alloc(bavail * bsize))
  expect(await readiness()).toMatch(/^503 nothing can be written to .*ENOSPC/)
  rmSync(filler)
  expect(await readiness()).toMatch(/^200 /)
})
