import { expect, test } from 'vitest'
import { quoted, schemaOf, searchPathSql } from '../../src/store/search-path.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { connect, emptyDatabase, freshDatabase } from '../support/postgres.ts'

const path = "select current_setting('search_path') as path"

test('a tenant has a schema of its name, the default tenant the one of the program', () => {
  expect([schemaOf(''), schemaOf('acme')]).toEqual(['spanledger', 'acme'])
  expect(quoted('a"b')).toBe('"a""b"')
  expect(searchPathSql('acme')).toBe('set local search_path = "acme"')
})

test('one connection serves tenants in turns, and keeps its own search_path', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(`${fresh.url}?options=-csearch_path%3Dplatform%2Cpublic`)
  await using client = await connect(fresh.url)
  await client.query(`
    create schema spanledger; create table spanledger.who as select 'default' as name;
    create schema acme; create table acme.who as select 'acme' as name;
    create schema globex; create table globex.who as select 'globex' as name`)
  const who = async (tenant: string) => {
    const rows = await database
      .forTenant(tenant)
      .transaction((session) => session.query<{ name: string; path: string }>(`select name, (${path}) from who`))
    return rows[0]
  }
  for (let turn = 0; turn < 2; turn++) {
    expect(await who('')).toEqual({ name: 'default', path: 'spanledger, platform,public' })
    expect(await who('acme')).toEqual({ name: 'acme', path: 'acme' })
    expect(await who('globex')).toEqual({ name: 'globex', path: 'globex' })
  }
})

test('a table that is missing in the schema of a tenant is not that of another tenant', async () => {
  await using fresh = await freshDatabase()
  await using database = openTestDatabase(fresh.url)
  for (const table of ['task_executions', 'ledger']) {
    const reading = database.forTenant('acme').transaction((session) => session.query(`select from ${table}`))
    await expect(reading).rejects.toThrow(`relation "${table}" does not exist`)
  }
})

test('an empty search_path is no error', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(`${fresh.url}?options=-csearch_path%3D`)
  expect(await database.transaction((session) => session.query(path))).toEqual([{ path: 'spanledger' }])
})
