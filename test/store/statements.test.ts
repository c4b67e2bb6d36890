import { expect, test } from 'vitest'
import { sqlFiles } from '../../src/store/sql-files.ts'
import { statementsIn, storeStatement } from '../../src/store/statements.ts'

test('a statement is the text of its file', () => {
  expect(storeStatement('server_state')).toBe(sqlFiles('store/sql').get('server_state'))
})

test('names that are not those of the files are an error at the start', () => {
  const names = [...sqlFiles('store/sql').keys()]
  expect(statementsIn('store/sql', names.toReversed())('server_state')).toBe(storeStatement('server_state'))
  expect(() => statementsIn('store/sql', names.slice(1))).toThrow(RangeError)
  expect(() => statementsIn('store/sql', [...names, 'other'])).toThrow('store/sql holds')
})
