import { expect, test } from 'vitest'
import { Unavailable } from '../../../src/errors.ts'
import { openPostgres } from '../../../src/store/postgres/postgres.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { openProxy } from '../../support/proxy.ts'

async function behindProxy() {
  const fresh = await freshDatabase()
  const url = new URL(fresh.url)
  const proxy = await openProxy(Number(url.port))
  url.port = String(proxy.port)
  const options = { connections: 2, connectTimeoutMs: 1_000, description: 'test' }
  const database = openPostgres({ ...options, url: url.href, limits: { lockTimeoutMs: 0, statementTimeoutMs: 60_000 } })
  return {
    direct: fresh.url,
    proxy,
    database,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await fresh[Symbol.asyncDispose]()
    },
  }
}

test.concurrent('a connection whose server has vanished is given up within some seconds, and idle ones are not used either', async () => {
  await using place = await behindProxy()
  const { database, proxy } = place
  const two = () => database.transaction((session) => session.query('select pg_sleep(0.05)'))
  await Promise.all([two(), two()])
  proxy.blackHole()
  const startedMs = performance.now()
  const lost = database.transaction((session) => session.query('select 1'))
  await expect(lost).rejects.toThrow(Unavailable)
  expect(performance.now() - startedMs).toBeLessThan(15_000)
  proxy.heal()
  const healedMs = performance.now()
  await database.transaction((session) => session.query('select 1'))
  expect(performance.now() - healedMs).toBeLessThan(2_000)
})

test.concurrent('a statement that takes long is left alone', async () => {
  await using place = await behindProxy()
  const rows = await place.database.transaction((session) =>
    session.query<{ n: number }>('select 1 as n, pg_sleep(4.5)'),
  )
  expect(rows[0]!.n).toBe(1)
})

test.concurrent('the locks of a transaction whose answer was lost are free when its connection is given up', async () => {
  await using place = await behindProxy()
  await using client = await connect(place.direct)
  await client.query('create table t (n int primary key); insert into t values (1)')
  const lost = place.database.transaction(async (session) => {
    await session.query('update t set n = n')
    place.proxy.blackHole()
    await session.query('select 1')
  })
  await expect(lost).rejects.toThrow(Unavailable)
  place.proxy.heal()
  // the port of a connection through a proxy is not that of the driver: the server's own limit ends the transaction
  await client.query("set lock_timeout = '15s'")
  await client.query('update t set n = n')
})
