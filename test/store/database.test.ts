import { expect, test } from 'vitest'
import { BadEntry, BadRow } from '../../src/store/database.ts'

test('a refused entry keeps what the error says of its row', () => {
  const cause = new Error('from the driver')
  const error = new BadEntry(new BadRow('refused', 'event_logs', 12, { cause }), { id: 1 })
  expect(error).toBeInstanceOf(BadRow)
  expect(error).toMatchObject({ name: 'BadEntry', message: 'refused', table: 'event_logs', line: 12, entry: { id: 1 } })
  expect(error.cause).toBe(cause)
})
