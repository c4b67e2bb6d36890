import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Unavailable } from '../../../../src/errors.ts'
import { writeFrame } from '../../../../src/store/embedded/owner/framing.ts'
import { claim, connectToOwner } from '../../../../src/store/embedded/owner/owner.ts'

const owner = { pid: process.pid, since: '2026-01-01T00:00:00.000Z' }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-owner-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a folder has one owner at a time, which tells its clients who it is', async () => {
  const claimed = await claim(folder, (socket) => writeFrame(socket, owner))
  expect(claimed).not.toBeNull()
  expect(await claim(folder, () => {})).toBeNull()
  const connection = await connectToOwner(folder)
  expect(connection.owner).toEqual(owner)
  connection.socket.destroy()
  await claimed![Symbol.asyncDispose]()
  const again = await claim(folder, () => {})
  expect(again).not.toBeNull()
  await again![Symbol.asyncDispose]()
})

test('only the user of the owner may connect', async () => {
  await using _ = (await claim(folder, () => {}))!
  const { mode } = await stat(path.join(folder, 'owner.sock'))
  expect(mode & 0o777).toBe(0o600)
})

test('a folder whose path is too long for a socket has one elsewhere', async () => {
  const long = path.join(folder, 'x'.repeat(100))
  await mkdir(long)
  await using _ = (await claim(long, (socket) => writeFrame(socket, owner)))!
  const connection = await connectToOwner(long)
  expect(connection.owner).toEqual(owner)
  connection.socket.destroy()
})

test('a folder without an owner can not be connected to', async () => {
  await expect(connectToOwner(folder)).rejects.toBeInstanceOf(Unavailable)
})
