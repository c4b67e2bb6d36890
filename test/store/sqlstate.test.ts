import { expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../src/errors.ts'
import { BadRow } from '../../src/store/database.ts'
import { translate } from '../../src/store/sqlstate.ts'

function postgresError(code: string, where?: string): Error {
  return Object.assign(new Error('what happened'), { code, where })
}

test.each([
  ['22001', BadRow],
  ['23505', BadRow],
  ['54000', BadRow],
  ['P0001', BadRow],
  ['28P01', Misconfigured],
  ['3D000', Misconfigured],
  ['3F000', Misconfigured],
  ['42P01', Misconfigured],
  ['42501', Misconfigured],
  ['0A000', Misconfigured],
  ['40001', Unavailable],
  ['53300', Unavailable],
  ['57P01', Unavailable],
  ['XX000', Unavailable],
  ['ECONNREFUSED', Unavailable],
])('%s becomes %o', (code, kind) => {
  const cause = postgresError(code)
  const error = translate(cause)
  expect(error).toBeInstanceOf(kind)
  expect(error.message).toContain(code)
  expect(error.message).toContain('what happened')
  expect(error.cause).toBe(cause)
})

test('a connection that is lost is no answer of the database', () => {
  for (const code of ['EPIPE', 'ECONNRESET'])
    expect(translate(postgresError(code)).message).toBe(`the database can't be reached (${code}): what happened`)
})

test('the row of a COPY is read, even behind the lines of a trigger', () => {
  const where = 'PL/pgSQL function f() line 4 at RAISE\nCOPY event_logs, line 12, column payload: "…"'
  expect(translate(postgresError('22001', where))).toMatchObject({ table: 'event_logs', line: 12 })
  expect(translate(postgresError('22001', 'SQL statement "insert"'))).toMatchObject({ table: null, line: null })
})

test('what to do is said', () => {
  expect(translate(postgresError('42P01')).message).toContain('spanledger migrate')
  expect(translate(postgresError('42501')).message).toContain('privileges')
  expect(translate(postgresError('3D000')).message).toContain('DATABASE_URL')
})

test('errors of ours and bugs stay what they are; anything else may pass', () => {
  for (const error of [new Unavailable('x'), new BadRow('x', null, null), new TypeError('x'), new RangeError('x')])
    expect(translate(error)).toBe(error)
  expect(translate(new Error('Connection terminated'))).toBeInstanceOf(Unavailable)
  expect(translate('a text')).toBeInstanceOf(Unavailable)
})
