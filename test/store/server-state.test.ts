import { expect, test } from 'vitest'
import { missingPrivileges, serverState } from '../../src/store/server-state.ts'
import { freshLedger, openTestDatabase } from '../support/fresh-ledger.ts'
import { connect } from '../support/postgres.ts'

test('the state of a server is read in our own transactions', async () => {
  await using ledger = await freshLedger()
  await using database = openTestDatabase(`${ledger.url}?options=-csynchronous_commit%3Doff`)
  const before = Date.now()
  const state = await serverState(database)
  expect(state).toMatchObject({ newEnough: true, readOnly: false, synchronousCommit: 'on', fullPageWrites: 'on' })
  expect(state.role).toBe(new URL(ledger.url).username)
  expect(Number.parseInt(state.version, 10)).toBeGreaterThanOrEqual(14)
  expect(Math.abs(state.clockMs - before)).toBeLessThan(60_000)
})

test('the privileges that a role lacks are listed by table', async () => {
  await using ledger = await freshLedger()
  const role = `role_${Math.random().toString(36).slice(2)}`
  await ledger.client.query(`
    create role ${role} login password 'x'; grant usage on schema spanledger to ${role};
    grant select, insert, update, delete on all tables in schema spanledger to ${role};
    grant select, insert on users to ${role}; grant select, insert, update on event_logs to ${role}`)
  const url = new URL(ledger.url)
  url.username = role
  url.password = 'x'
  {
    await using database = openTestDatabase(url.href)
    // users only grow, and the schema's own tables have all
    expect(await missingPrivileges(database, ['users', 'event_logs', 'token_usage'])).toEqual([
      { table: 'event_logs', privileges: 'delete' },
      { table: 'token_usage', privileges: 'delete, insert, select, update' },
    ])
  }
  await using admin = await connect(ledger.url)
  await admin.query(`drop owned by ${role}; drop role ${role}`)
})
