import type { LargeMoves } from '../assemble.ts'
import { messageOf } from '../errors.ts'
import type { Events } from '../events/events.ts'
import { findChangedHours, refreshRollups } from '../rollups/refresh.ts'
import { makeMonthsAhead } from '../store/partitions/months-ahead.ts'
import { type PartitionState, readPartitionStates } from '../store/partitions/partition-state.ts'
import type { Retention } from '../store/partitions/retention.ts'
import { databaseOf, type TenantServers } from '../store/tenants/tenant-servers.ts'
import { tenantsOf } from '../store/tenants/tenants.ts'
import { removeExpiredRows } from '../transaction/retention/expired-rows.ts'

const everyMs = 60 * 60_000
/** How often moves are looked for that another receiver has left, in the tables of tenants that are written to. */
const movesEveryMs = 30_000
/** How often the sums of hours are brought up to date, in the tables of tenants that are written to. */
const rollupsEveryMs = 10 * 60_000

/** How often a lock that isn't to be had is tried for, until the next turn. */
const attempts = 5

/** What is maintained. */
export interface MaintenanceOptions {
  readonly servers: TenantServers
  readonly retentionOf: (tenant: string) => Retention
  /** The folder in which rows are archived before they are removed; null: they are not. */
  readonly archiveFolder: string | null
  /** From this size of the database on, in bytes, it is said that retention would help; null: never. */
  readonly warnFromBytes: number | null
  readonly events: Pick<Events, 'warning' | 'maintained'>
  /** Called with how the months of a tenant's tables are kept. */
  readonly onPartitions: (tenant: string, states: readonly PartitionState[]) => void
  /** Large moves, which are taken over from receivers that are gone. */
  readonly moves: Pick<LargeMoves, 'tenants' | 'takeOver'>
}

/**
 * Makes partitions for the coming months of all tenants, brings the sums of hours up to date, removes what is kept no
 * longer, and takes over the moves of receivers that are gone, now and every hour, until it is disposed of. What fails is said, and tried again at the next turn: months are made so early that a day without
 * success loses nothing.
 */
export function openMaintenance(options: MaintenanceOptions): AsyncDisposable {
  let running = maintain(options)
  const timer = setInterval(() => {
    running = maintain(options)
  }, everyMs).unref()
  const movesTimer = setInterval(() => {
    // what fails is tried again, and said where it matters: by the senders' requests
    for (const tenant of options.moves.tenants()) options.moves.takeOver(tenant).catch(() => {})
  }, movesEveryMs).unref()
  let refreshing: Promise<unknown> = running
  const rollupsTimer = setInterval(() => {
    const tenants = options.moves.tenants()
    refreshing = Promise.all([refreshing, ...tenants.map((tenant) => refresh(options, tenant).catch(() => {}))])
  }, rollupsEveryMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      clearInterval(movesTimer)
      clearInterval(rollupsTimer)
      await Promise.all([running, refreshing])
    },
  }
}

async function maintain(options: MaintenanceOptions): Promise<void> {
  const { servers, retentionOf, archiveFolder, warnFromBytes, events, moves, onPartitions } = options
  let failures = 0
  const orSay = (what: string, work: Promise<unknown>) =>
    work.catch((error: unknown) => {
      failures += 1
      events.warning(`${what}: ${messageOf(error)}`)
    })
  if (warnFromBytes !== null)
    await orSay('the size of the database is unknown', warnOfSize(servers, warnFromBytes, events))
  const tenants = await tenantsOf(servers).catch(() => [])
  for (const tenant of ['', ...tenants]) {
    const database = databaseOf(servers, tenant)
    await orSay('moves of rows that another receiver has left could not be taken over', moves.takeOver(tenant))
    await orSay(
      'no partitions could be made for the coming months (run `spanledger partition` with the role that owns the tables)',
      makeMonthsAhead(database),
    )
    // before rows are removed: the sums of an hour outlive its rows
    await orSay('the sums of hours could not be brought up to date', refresh(options, tenant))
    await orSay(
      'what is kept no longer could not be removed (run `spanledger prune` with the role that owns the tables)',
      removeExpiredRows(database, retentionOf(tenant), { archiveFolder, attempts }),
    )
    // where the role may not read the tables there is no metric, and `doctor` says so
    await readPartitionStates(database).then(
      (states) => onPartitions(tenant, states),
      () => {},
    )
  }
  events.maintained(failures)
}

async function refresh({ servers }: MaintenanceOptions, tenant: string): Promise<void> {
  const database = databaseOf(servers, tenant)
  await findChangedHours(database)
  await refreshRollups(database)
}

async function warnOfSize(servers: TenantServers, fromBytes: number, events: Pick<Events, 'warning'>): Promise<void> {
  const { database } = servers.serverOf('')
  const [row] = await database.transaction((session) =>
    session.query<{ bytes: string }>('select pg_database_size(current_database())::text as bytes'),
  )
  const bytes = Number(row!.bytes)
  if (bytes >= fromBytes)
    events.warning(
      `${database.description} has ${(bytes / 1e9).toFixed(1)} GB, and everything is kept: SPANLEDGER_RETENTION removes what is old, \`spanledger copy\` moves it to a PostgreSQL.`,
    )
}
