import { expect, test } from 'vitest'
import { sqlFiles } from '../../src/store/sql-files.ts'
import { statement } from '../../src/transaction/statements.ts'
import { freshLedger } from '../support/fresh-ledger.ts'

test('each statement says its reason first, and PostgreSQL can plan it', async () => {
  await using ledger = await freshLedger()
  await ledger.client.query('set search_path = spanledger, public')
  const texts = [...sqlFiles('transaction/sql')]
  expect(texts.length).toBeGreaterThan(30)
  for (const [name, text] of texts) {
    expect(text, name).toMatch(/^-- [A-Z]/)
    await ledger.client.query(`prepare "${name}" as ${text}`)
  }
  expect(statement('lock_traces')).toBe(sqlFiles('transaction/sql').get('lock_traces'))
})
