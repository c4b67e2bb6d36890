import type { Config } from '../../config/settings.ts'
import { messageOf } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { missingPrivileges, type ServerState, serverState } from '../../store/server-state.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'
import { readRun } from '../../transaction/read-run.ts'
import { removeRun } from '../../transaction/remove-run.ts'
import { factTableNames } from '../../transaction/tables/fact-tables.ts'
import type { Given } from '../command.ts'
import { openExisting } from '../open-database.ts'
import { type Door, doorsOf, newProbe } from './probe.ts'

/** What a check found; where something isn't right, `advice` says what to do. */
interface Finding {
  readonly check: string
  readonly found: string
  readonly advice?: string | undefined
}

type Note = (finding: Finding) => void

/** A check that the others need has failed. */
class CheckFailed extends Error {
  readonly finding: Finding

  constructor(check: string, error: unknown, advice: string) {
    const found = messageOf(error)
    super(found)
    this.finding = { check, found, advice }
  }
}

const somethingIsWrong = 1
// More would be seen in durations that mix the clocks of two machines.
const clockToleranceMs = 2_000

/** Looks at everything between a sender and its rows, and says what to do about each thing that isn't right. */
export async function run({ config, switches, write }: Given): Promise<number | undefined> {
  const findings: Finding[] = []
  const note: Note = (finding) => {
    findings.push(finding)
    if (!switches.has('json')) write(asText(finding))
  }
  try {
    await examine(config, note)
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error
    note(error.finding)
  }
  if (switches.has('json')) write(`${JSON.stringify(findings, null, 2)}\n`)
  return findings.some(({ advice }) => advice !== undefined) ? somethingIsWrong : undefined
}

async function examine(config: Config, note: Note): Promise<void> {
  await using database = await orFail(
    'database',
    openExisting(config),
    'Name one that is there, or start `spanledger serve` once: it makes the embedded one.',
  )
  const state = await orFail(
    'database',
    serverState(database),
    'See that it runs and that DATABASE_URL has its address, a role of its own and the right password.',
  )
  note(versionFinding(database, state))
  note(durabilityFinding(state))
  note(clockFinding(state))
  await orFail('tables', checkMigrated(database), 'Nothing can be written before that.')
  note({ check: 'tables', found: 'up to date' })
  note(await privilegeFinding(database, state))
  for (const door of doorsOf(config)) note(await doorFinding(door, database))
}

function orFail<T>(check: string, work: Promise<T>, advice: string): Promise<T> {
  return work.catch((error: unknown) => {
    throw new CheckFailed(check, error, advice)
  })
}

function versionFinding({ description }: Database, { version, newEnough, readOnly }: ServerState): Finding {
  const found = `PostgreSQL ${version}, ${description}`
  if (!newEnough) return { check: 'database', found, advice: 'Spanledger needs PostgreSQL 14 or newer.' }
  if (!readOnly) return { check: 'database', found }
  return {
    check: 'database',
    found: `${found}, is read-only`,
    advice: 'Name the primary, not a standby, and see that default_transaction_read_only is off.',
  }
}

function durabilityFinding({ fsync, fullPageWrites, synchronousCommit }: ServerState): Finding {
  const found = `fsync ${fsync}, full_page_writes ${fullPageWrites}, synchronous_commit ${synchronousCommit}`
  const isSafe = fsync === 'on' && fullPageWrites === 'on' && synchronousCommit !== 'off'
  return {
    check: 'durability',
    found,
    advice: isSafe ? undefined : 'Switch them on: until then a power cut can lose or destroy what was acknowledged.',
  }
}

function clockFinding({ clockMs }: ServerState): Finding {
  const aheadMs = Math.round(clockMs - Date.now())
  const found = `the database's clock is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this one`
  return {
    check: 'clock',
    found,
    advice: Math.abs(aheadMs) < clockToleranceMs ? undefined : 'Let both machines keep their time by NTP.',
  }
}

async function privilegeFinding(database: Database, { role }: ServerState): Promise<Finding> {
  const missing = await missingPrivileges(database, factTableNames)
  if (missing.length === 0) return { check: 'privileges', found: `${role} may do what a receiver does` }
  return {
    check: 'privileges',
    found: `${role} lacks ${missing.map(({ table, privileges }) => `${privileges} on ${table}`).join('; ')}`,
    advice: missing.map(({ table, privileges }) => `grant ${privileges} on ${table} to ${role};`).join(' '),
  }
}

/** Sends a run of one span through a door, finds its task, and takes it back. */
async function doorFinding({ check, address, send }: Door, database: Database): Promise<Finding> {
  const probe = newProbe()
  try {
    await send(probe)
  } catch (error) {
    const found = `${address}: ${messageOf(error)}`
    return { check, found, advice: 'Start `spanledger serve`, or name the address at which it listens.' }
  }
  const [task] = (await readRun(database, probe.workflowId)).task_executions
  await removeRun(database, probe.workflowId)
  if (task?.status === 'COMPLETED') return { check, found: `${address} took a span, and its task is in the database` }
  return {
    check,
    found: `${address} took a span, but its task is not in this database`,
    advice: 'What listens there writes into another database: give both the same settings.',
  }
}

function asText({ check, found, advice }: Finding): string {
  const line = `${advice === undefined ? 'ok  ' : 'FAIL'}  ${check.padEnd(10)}  ${found}\n`
  return advice === undefined ? line : `${line}${' '.repeat(18)}${advice}\n`
}
