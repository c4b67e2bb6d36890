import { expect, test } from 'vitest'
import { writeFrame } from '../../../../src/store/embedded/owner/framing.ts'
import { connectToOwner } from '../../../../src/store/embedded/owner/owner.ts'
import { fakeOwner } from './fake-thread.ts'

test('a connection is one transaction: it holds the mutex, and its end rolls back', async () => {
  await using owner = await fakeOwner()
  const { socket, frames } = await connectToOwner(owner.folder)
  writeFrame(socket, { sql: 'begin' })
  expect((await frames.next()).value).toEqual({ rows: [{ sql: 'begin' }] })
  await expect(owner.mutex.acquire(5)).rejects.toThrow('no turn within 5 ms')
  socket.destroy()
  const release = await owner.mutex.acquire(0)
  expect(owner.statements.map(({ sql }) => sql)).toEqual(['begin', 'rollback'])
  release()
})

test('the error of a statement is answered, and the transaction goes on', async () => {
  const answer = async ({ sql }: { sql: string }) => {
    if (sql === 'bad') throw Object.assign(new Error('too long'), { code: '22001', where: 'here' })
    return []
  }
  await using owner = await fakeOwner({ answer })
  const { socket, frames } = await connectToOwner(owner.folder)
  writeFrame(socket, { sql: 'bad' })
  expect((await frames.next()).value).toEqual({ error: { message: 'too long', code: '22001', where: 'here' } })
  writeFrame(socket, { sql: 'good' })
  expect((await frames.next()).value).toEqual({ rows: [] })
  socket.destroy()
})

test('a transaction that holds the database too long is ended, and says so', async () => {
  await using owner = await fakeOwner({ maxHoldMs: 30 })
  const { socket, frames } = await connectToOwner(owner.folder)
  writeFrame(socket, { sql: 'begin' })
  await frames.next()
  const { value } = await frames.next()
  expect(value).toMatchObject({ error: { message: 'a turn at the embedded database ends after 30 ms' } })
  expect(owner.statements.at(-1)).toEqual({ sql: 'rollback' })
  expect((await frames.next()).done).toBe(true)
  socket.destroy()
})

test('a client that sends nothing does not wait for the mutex', async () => {
  await using owner = await fakeOwner()
  const { socket } = await connectToOwner(owner.folder)
  const release = await owner.mutex.acquire(60_000)
  release()
  expect(owner.statements).toEqual([])
  socket.destroy()
})
