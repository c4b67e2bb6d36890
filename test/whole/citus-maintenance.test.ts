import { describe, expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { findChangedHours, refreshRollups } from '../../src/rollups/refresh.ts'
import type { Database } from '../../src/store/database.ts'
import { addMonths, monthOf } from '../../src/store/partitions/months.ts'
import { partition } from '../../src/store/partitions/partition.ts'
import { partitionedTables } from '../../src/store/partitions/partitioned-tables.ts'
import { migrate, planMigration } from '../../src/store/tables/migrate.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import type { TouchedUsage } from '../../src/transaction/touched-usage.ts'
import { budgetOf, check, emptyBudgets, reachedAlerts } from '../support/budgets.ts'
import { citusTenant, citusUrl } from '../support/citus.ts'
import { outcomeOf } from '../support/command.ts'
import { clientOf } from '../support/embedded.ts'
import { callFacts } from '../support/facts.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { lateRoot, laterSteps, manySteps } from '../support/late-root.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { freshDatabase } from '../support/postgres.ts'
import { fixedPrice } from '../support/prices.ts'
import { openTestWriter } from '../support/writer.ts'

const leftOut = citusUrl === null ? ' (left out: CITUS_URL names no Citus)' : ''
const price = fixedPrice(1_000_000_000, 'openai')

/** A model call that began so many months before or after now. */
function callIn(number: number, months: number) {
  const start = BigInt(Date.parse(`${addMonths(monthOf(new Date()), months)}-15T12:00:00Z`)) * 1_000_000n
  return callFacts(number, {}, { startTimeUnixNano: start + BigInt(number), endTimeUnixNano: start + 1_000_000_000n })
}

describe.skipIf(citusUrl === null)(`maintenance of a tenant on Citus${leftOut}`, () => {
  test('its tables are partitioned while receivers write, as those of a tenant that was partitioned from the start', async () => {
    await using tenant = await citusTenant({ make: makePlainTables })
    await using database = openTestDatabase(citusUrl!)
    const plain = database.forTenant(tenant.name)
    const rows = Array.from({ length: 120 }, (_, i) => callIn(i, (i % 7) - 5))
    const [before, meanwhile] = [rows.slice(0, 60), rows.slice(60)]
    await openTestWriter(plain)(before)
    const [partitioned] = await Promise.all([partition(plain, () => {}), writePatiently(plain, meanwhile)])
    expect(partitioned).toEqual(partitionedTables.map(({ name }) => name))
    expect(await partition(plain, () => {})).toEqual([])

    await using fresh = await freshDatabase()
    await using other = openTestDatabase(fresh.url)
    await migrate(other.forTenant('acme'))
    await openTestWriter(other.forTenant('acme'))(rows)
    expect(await dumpLedger(clientOf(plain))).toBe(await dumpLedger(clientOf(other.forTenant('acme'))))
    expect(await brokenSums(clientOf(plain))).toEqual([])
  })

  test('budgets raise each alert once, by the receiver whose check sees it first, and withdraw it with the rows', async () => {
    await using tenant = await citusTenant()
    await using connections = openTestDatabase(citusUrl!)
    const database = connections.forTenant(tenant.name)
    await clientOf(database).query(emptyBudgets)
    const budgets = [budgetOf('tenant', 'month', { usd: 10 }), budgetOf('user', 'day', { usd: 12 })]
    const changes = await Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        const touched: TouchedUsage[] = []
        const write = openTestWriter(database, { price, onUsage: (one) => void touched.push(one) })
        await write([0, 1, 2].map((n) => callFacts(3 * lane + n, { user_id: 'ada', workflow_id: 'wf' })))
        return check(database, budgets, touched)
      }),
    )
    const alerts = ['tenant-month 80', 'tenant-month 100', 'user-day 80', 'user-day 100'].sort()
    const all = changes.flat().map(({ budget, threshold }) => `${budget.name} ${threshold}`)
    expect(all.sort()).toEqual(alerts)
    expect(await check(database, budgets, [], { looksAround: true, decidesAll: true })).toEqual([])
    expect(await reachedAlerts(clientOf(database))).toHaveLength(4)
    const { code, output } = await outcomeOf(['forget', '--user', 'ada', '--tenant', tenant.name], {
      DATABASE_URL: citusUrl!,
    })
    expect(code, output).toBe(0)
    await check(database, budgets, [], { looksAround: true, sumsMonths: true })
    expect(await reachedAlerts(clientOf(database))).toEqual([])
  })

  test('sums of hours are those of a tenant of PostgreSQL', async () => {
    await using tenant = await citusTenant()
    await using connections = openTestDatabase(citusUrl!)
    await using fresh = await freshDatabase()
    await using other = openTestDatabase(fresh.url)
    const nowMs = Date.now()
    const calls = Array.from({ length: 24 }, (_, n) => {
      const start = BigInt(nowMs - (n + 2) * 3 * 3_600_000) * 1_000_000n
      const attributes = {
        user_id: `user-${n % 3}`,
        'gen_ai.response.model': `gpt-4${n % 2}`,
        'gen_ai.agent.name': 'a',
      }
      return callFacts(n, attributes, { startTimeUnixNano: start, endTimeUnixNano: start + 1_000_000n })
    })
    const sums = await Promise.all(
      [connections.forTenant(tenant.name), other].map(async (database) => {
        await openTestWriter(database, { price })(calls)
        await refreshRollups(database, nowMs)
        await clientOf(database).query('delete from token_usage where model = $1', ['gpt-40'])
        await findChangedHours(database)
        await refreshRollups(database, nowMs)
        const { rows } = await clientOf(database).query(
          `select dimension, hour, case dimension when 'user' then '' else key end as key, calls, total_tokens, cost_nano_usd
           from usage_rollups order by 1, 2, 3, 4, 5`,
        )
        return rows
      }),
    )
    expect(sums[0]).toEqual(sums[1])
    expect(new Set(sums[0]!.map((row) => row.dimension))).toEqual(
      new Set(['agent', 'mode', 'model', 'provider', 'service-tier', 'tenant', 'user']),
    )
  })

  test('a large move goes on in parts, rows that a person deletes come back, and doctor names the last spans', async () => {
    await using tenant = await citusTenant()
    await using connections = openTestDatabase(citusUrl!)
    const database = connections.forTenant(tenant.name)
    const client = clientOf(database)
    const write = openTestWriter(database, { price, mostMovedRows: 20, traceCache: openTraceCache(1_000) })
    await write(manySteps)
    await write([lateRoot])
    await client.query("delete from task_executions where workflow_id = 'wf'")
    await write(laterSteps)
    await write.moved()
    expect((await client.query('select from moves')).rows).toEqual([])
    expect(await brokenSums(client)).toEqual([])

    await using fresh = await freshDatabase()
    await using other = openTestDatabase(fresh.url)
    await openTestWriter(other, { price })([...manySteps, lateRoot, ...laterSteps])
    for (const one of [client, clientOf(other)]) await one.query("update event_logs set message = '', payload = '{}'")
    expect(await dumpLedger(client)).toBe(await dumpLedger(clientOf(other)))

    const { output } = await outcomeOf(['doctor', '--tenant', tenant.name], { DATABASE_URL: citusUrl! })
    expect(output).toMatch(/spans +the last one ended/)
  })
})

/** Makes the tables of a tenant as an earlier version did: without partitions. */
async function makePlainTables(database: Database): Promise<void> {
  const steps = await planMigration(database)
  await database.transaction(async (session) => {
    for (const { statements } of steps) for (const sql of statements) await session.query(sql)
  })
}

/** Writes one fact after the other, again where that is asked for. */
async function writePatiently(database: Database, facts: readonly Facts[]): Promise<void> {
  const write = openTestWriter(database)
  for (const fact of facts) {
    for (let written = false; !written; ) {
      written = await write([fact]).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Unavailable) return false
          throw error
        },
      )
    }
  }
}
