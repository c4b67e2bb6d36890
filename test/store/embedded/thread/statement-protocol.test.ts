import { expect, test } from 'vitest'
import { Unavailable } from '../../../../src/errors.ts'
import { BadRow } from '../../../../src/store/database.ts'
import {
  failureToError,
  runWork,
  type Statement,
  transactionBy,
} from '../../../../src/store/embedded/thread/statement-protocol.ts'

const begin = {
  searchPath: 'set local search_path = "acme"',
  limits: { lockTimeoutMs: 100, statementTimeoutMs: 200 },
}

/** Notes statements and answers each with no row; those in `failing` with this error. */
function notes(failing: Readonly<Record<string, Error>> = {}) {
  const statements: string[] = []
  const send = async ({ sql }: Statement): Promise<object[]> => {
    statements.push(sql)
    if (failing[sql] !== undefined) throw failing[sql]
    return []
  }
  return { statements, send }
}

test('work runs between BEGIN with its limits and COMMIT', async () => {
  const { statements, send } = notes()
  expect(await transactionBy(send, async (session) => session.query('select 1'), begin)).toEqual([])
  expect(statements).toEqual([
    'begin isolation level read committed; set local lock_timeout = 100; set local statement_timeout = 200; set local synchronous_commit = on; set local search_path = "acme"',
    'select 1',
    'commit',
  ])
})

test('work that throws, and a COMMIT that fails, are rolled back', async () => {
  const failed = Object.assign(new Error('no'), { code: '23505' })
  const { statements, send } = notes({ commit: failed, rollback: new Error('the thread has ended') })
  await expect(transactionBy(send, async () => 1, begin)).rejects.toBeInstanceOf(BadRow)
  expect(statements.slice(1)).toEqual(['commit', 'rollback'])
  const throwing = transactionBy(send, () => Promise.reject(new Unavailable('changed my mind')), begin)
  await expect(throwing).rejects.toThrow('changed my mind')
  expect(statements.slice(4)).toEqual(['rollback'])
})

test('rows to copy are sent without the buffer behind them', async () => {
  const sent: Statement[] = []
  const send = async (statement: Statement) => {
    sent.push(statement)
    return []
  }
  await runWork(send, (session) => session.copy('t', ['a'], Buffer.from('a long buffer').subarray(2, 6)))
  expect(sent[0]!.blob).toEqual(new Uint8Array(Buffer.from('long')))
  expect(sent[0]!.blob!.buffer.byteLength).toBe(4)
})

test('an error has the fields of its failure', () => {
  const failure = { message: 'm', code: '22001', where: 'w' }
  expect(failureToError(failure)).toBeInstanceOf(Error)
  expect(failureToError(failure)).toMatchObject(failure)
})
