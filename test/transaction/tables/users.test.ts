import { expect, test } from 'vitest'
import { namedId } from '../../../src/settle/model/ids.ts'
import { cacheUsers, findOrAddUsers } from '../../../src/transaction/tables/users.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { changeOf, shareOf } from '../changes.ts'

const ada = '11111111-1111-4111-8111-111111111111'

function find({ database }: TestLedger, users: readonly string[], cache = new Map<string, string>()) {
  const workflows = users.map((user_id, i) => changeOf(`wf-${i}`, undefined, shareOf(1, { user_id })))
  return database.transaction(async (session) => {
    const { users, found } = await findOrAddUsers(session, cache, workflows)
    return { ids: workflows.map((workflow) => users(workflow, 'after')), found }
  })
}

test('users are added once, and found from then on', async () => {
  await using ledger = await freshLedger()
  const { ids, found } = await find(ledger, ['bob', 'ada', 'bob'])
  expect([...found.keys()]).toEqual(['ada', 'bob'])
  expect(ids).toEqual([found.get('bob'), found.get('ada'), found.get('bob')])
  expect(found.get('ada')!.replaceAll('-', '')).toBe(namedId('user', 'ada'))
  expect((await find(ledger, ['ada'])).ids).toEqual([found.get('ada')])
  expect((await ledger.client.query('select count(*)::int as n from users')).rows).toEqual([{ n: 2 }])
})

test('a UUID that is the id of a user is that user, unless it is the external id of another', async () => {
  await using ledger = await freshLedger()
  await ledger.client.query('insert into users (id, external_id) values ($1, $2)', [ada, 'ada'])
  expect((await find(ledger, [ada, ada.toUpperCase()])).ids).toEqual([ada, ada])
  await ledger.client.query('insert into users (external_id) values ($1)', [ada])
  const { ids } = await find(ledger, [ada])
  expect(ids).not.toEqual([ada])
})

test('cached users are not read, and a workflow without a user has none', async () => {
  await using ledger = await freshLedger()
  const { ids, found } = await find(ledger, ['cached'], new Map([['cached', ada]]))
  expect(ids).toEqual([ada])
  expect(found.size).toBe(0)
  const none = await ledger.database.transaction((session) => findOrAddUsers(session, new Map(), [changeOf('wf')]))
  expect(none.users(changeOf('wf'), 'before')).toBeNull()
})

test('law 9: the oldest users are dropped from the cache', () => {
  const cache = new Map<string, string>()
  cacheUsers(cache, new Map(Array.from({ length: 50_002 }, (_, i) => [`user ${i}`, `${i}`])))
  expect(cache.size).toBe(50_000)
  expect([cache.has('user 1'), cache.has('user 2')]).toEqual([false, true])
})
