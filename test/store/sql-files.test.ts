import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sqlFiles } from '../../src/store/sql-files.ts'

test('the files of a folder are read by their names, sorted', () => {
  const files = sqlFiles('store/tables/migrations')
  expect([...files.keys()]).toEqual([...files.keys()].sort())
  const file = path.join(import.meta.dirname, '..', '..', 'src', 'store', 'tables', 'migrations', '002_ledger.sql')
  expect(files.get('002_ledger')).toBe(readFileSync(file, 'utf8'))
})

test('a file of a folder below has its name alone', () => {
  expect([...sqlFiles('store/sql').keys()]).toContain('list_tenants')
})
