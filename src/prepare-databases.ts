import { setTimeout as sleep } from 'node:timers/promises'
import { jsonOf } from './assemble.ts'
import { type Config, settings } from './config/settings.ts'
import { openServers } from './databases.ts'
import { Unavailable } from './errors.ts'
import type { Events } from './events/events.ts'
import type { Database } from './store/database.ts'
import { checkMigrated, migrate } from './store/tables/migrate.ts'
import { databaseOf, type TenantServers } from './store/tenants/tenant-servers.ts'
import { tenantsOf } from './store/tenants/tenants.ts'
import { adaptTables } from './transaction/tables/adapt-columns.ts'

/**
 * Brings all databases up to date as `openReceiver` does, once for several processes that start together. A server that is
 * away is left to these, which wait for it.
 */
export async function prepareDatabases(config: Config, events: Events): Promise<void> {
  await using servers = await openServers(config)
  await prepareInTime({ ...config, startTimeoutMs: 0 }, servers, events).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
  })
}

const pauseMs = 500

function stillAway({ startTimeoutMs }: Config, servers: TenantServers, { message }: Unavailable): string {
  const { description } = servers.serverOf('').database
  return `${message}. It is ${description}, and was waited for ${startTimeoutMs} ms (${settings.startTimeoutMs.key})`
}

/**
 * Brings the tables of all tenants up to date. Waits for a server that is away for at most `startTimeoutMs`, so that
 * receivers which start together with their database need no order.
 */
export async function prepareInTime(config: Config, servers: TenantServers, events: Events): Promise<void> {
  const lastMs = performance.now() + config.startTimeoutMs
  for (;;) {
    try {
      await prepareServers(config, servers, events)
      return events.databaseBack()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      if (performance.now() >= lastMs) throw new Unavailable(stillAway(config, servers, error))
      events.databaseAway(error.message)
      await sleep(pauseMs)
    }
  }
}

/**
 * Brings the tables of all tenants up to date. The server of the default tenant must answer; a tenant whose own server
 * is away is served when that is back.
 */
async function prepareServers(config: Config, servers: TenantServers, events: Events): Promise<void> {
  await prepareTenant(config, databaseOf(servers, ''))
  for (const tenant of await tenantsOf(servers))
    await prepareTenant(config, databaseOf(servers, tenant)).catch((error: unknown) => {
      if (!(error instanceof Unavailable) || !servers.elsewhere.includes(tenant)) throw error
      events.warning(
        `the tables of the tenant ${tenant} can't be brought up to date: ${error.message}. \`spanledger migrate\` does it when they can.`,
      )
    })
}

async function prepareTenant(config: Config, database: Database): Promise<void> {
  if (config.migrate) await migrate(database)
  else await checkMigrated(database)
  await database.transaction((session) => adaptTables(session, (text) => jsonOf(text, config)))
}

/** Makes or upgrades the tables of all tenants; returns the names of the steps taken, by tenant. */
export async function migrateTenants(config: Config): Promise<ReadonlyMap<string, readonly string[]>> {
  await using servers = await openServers(config)
  const applied = new Map([['', await migrate(databaseOf(servers, ''))]])
  for (const tenant of await tenantsOf(servers)) applied.set(tenant, await migrate(databaseOf(servers, tenant)))
  return applied
}
