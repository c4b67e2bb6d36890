import type { Database } from '../../store/database.ts'
import { missingPrivileges, type ServerState } from '../../store/server-state.ts'
import { factTableNames } from '../../transaction/tables/fact-tables.ts'
import type { Finding } from './finding.ts'

// More would be seen in durations that mix the clocks of two machines.
const clockToleranceMs = 2_000

/** Checks that the server is new enough and can be written to. */
export function checkVersion({ description }: Database, { version, newEnough, readOnly }: ServerState): Finding {
  const found = `PostgreSQL ${version}, ${description}`
  if (!newEnough) return { check: 'database', found, advice: 'Spanledger needs PostgreSQL 14 or newer.' }
  if (!readOnly) return { check: 'database', found }
  return {
    check: 'database',
    found: `${found}, is read-only`,
    advice: 'Name the primary, not a standby, and see that default_transaction_read_only is off.',
  }
}

/** Checks that a commit survives a power cut (law 1). */
export function checkDurability({ fsync, fullPageWrites, synchronousCommit }: ServerState): Finding {
  const found = `fsync ${fsync}, full_page_writes ${fullPageWrites}, synchronous_commit ${synchronousCommit}`
  const isSafe = fsync === 'on' && fullPageWrites === 'on' && synchronousCommit !== 'off'
  return {
    check: 'durability',
    found,
    advice: isSafe ? undefined : 'Switch them on: until then a power cut can lose or destroy what was acknowledged.',
  }
}

/** Compares the clock of the server with that of this machine. */
export function checkClock({ clockMs }: ServerState): Finding {
  const aheadMs = Math.round(clockMs - Date.now())
  const found = `the database's clock is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this one`
  return {
    check: 'clock',
    found,
    advice: Math.abs(aheadMs) < clockToleranceMs ? undefined : 'Let both machines keep their time by NTP.',
  }
}

/** Checks that the role has the privileges of a receiver. The tables must be there. */
export async function checkPrivileges(database: Database, { role }: ServerState): Promise<Finding> {
  const missing = await missingPrivileges(database, factTableNames)
  if (missing.length === 0) return { check: 'privileges', found: `${role} may do what a receiver does` }
  return {
    check: 'privileges',
    found: `${role} lacks ${missing.map(({ table, privileges }) => `${privileges} on ${table}`).join('; ')}`,
    advice: missing.map(({ table, privileges }) => `grant ${privileges} on ${table} to ${role};`).join(' '),
  }
}
