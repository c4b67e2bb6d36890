import { expect } from 'vitest'
import { BadRow, type Database } from '../../src/store/database.ts'

/** Expects that a database waits for the answers that are left for COMMIT, and that an error among them undoes all. Makes a table. */
export async function expectLateAnswers(database: Database): Promise<void> {
  await database.transaction((session) => session.query('create table late (n int4 check (n < 10))'))
  const write = (...all: number[]) =>
    database.transaction(async (session) => {
      for (const n of all) session.late(session.query('insert into late values ($1)', [n]))
    })
  await write(1, 2)
  await expect(write(3, 10, 4)).rejects.toBeInstanceOf(BadRow)
  const goesOn = database.transaction(async (session) => {
    session.late(session.query('insert into late values (11)'))
    await session.query('select 1')
  })
  await expect(goesOn).rejects.toBeInstanceOf(BadRow)
  await write(5)
  const rows = await database.transaction((session) => session.query('select n from late order by n'))
  expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 5 }])
}
