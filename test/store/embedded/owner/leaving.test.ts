import { describe, expect, test } from 'vitest'
import type { Database } from '../../../../src/store/database.ts'
import { freshTables, openFolder } from '../../../support/embedded.ts'

async function count(database: Database): Promise<number> {
  const [row] = await database.transaction((session) =>
    session.query<{ n: number }>('select count(*)::int4 as n from task_executions'),
  )
  return row!.n
}

describe('an owner that leaves while another process waits for it', () => {
  /** Closes the owner while it works, and asks meanwhile: the question is in its queue when it is gone. */
  async function askWhileClosing(leaving: Database, waiting: Database): Promise<{ readonly answer: Promise<number> }> {
    const working = leaving.transaction((session) => session.query('select pg_sleep(0.3)'))
    const closing = leaving[Symbol.asyncDispose]()
    const answer = count(waiting)
    await Promise.all([working, closing])
    return { answer }
  }

  test('is followed by that process, unless it was a receiver', async () => {
    await using own = await freshTables()
    const leaving = await openFolder(own.path)
    await using waiting = await openFolder(own.path)
    expect(await count(waiting)).toBe(0)
    const { answer } = await askWhileClosing(leaving, waiting)
    expect(await answer).toBe(0)
    await expect(openFolder(own.path, { exclusive: true })).rejects.toThrow('is in use')
  })

  test('is followed by the receiver that is started next, if it was one', async () => {
    await using own = await freshTables()
    const leaving = await openFolder(own.path, { exclusive: true })
    await using waiting = await openFolder(own.path)
    const { answer } = await askWhileClosing(leaving, waiting)
    await using _next = await openFolder(own.path, { exclusive: true })
    expect(await answer).toBe(0)
  })
})
