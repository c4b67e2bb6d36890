import { messageOf } from './errors.ts'
import type { Events } from './events.ts'
import { makeMonthsAhead } from './store/partitions/months-ahead.ts'
import { databaseOf, type TenantServers } from './store/tenant-servers.ts'
import { tenantsOf } from './store/tenants.ts'

const everyMs = 60 * 60_000

/**
 * Makes partitions for the coming months of all tenants, now and every hour, until it is disposed of. What fails is said,
 * and tried again at the next turn: months are made so early that a day without success loses nothing.
 */
export function openMaintenance(servers: TenantServers, events: Pick<Events, 'warning'>): AsyncDisposable {
  let running = maintain(servers, events)
  const timer = setInterval(() => {
    running = maintain(servers, events)
  }, everyMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}

async function maintain(servers: TenantServers, events: Pick<Events, 'warning'>): Promise<void> {
  try {
    for (const tenant of ['', ...(await tenantsOf(servers))]) await makeMonthsAhead(databaseOf(servers, tenant))
  } catch (error) {
    events.warning(
      `no partitions could be made for the coming months: ${messageOf(error)} Run \`spanledger partition\` with the role that owns the tables.`,
    )
  }
}
