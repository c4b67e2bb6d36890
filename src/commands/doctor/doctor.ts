import { readPartitionStates } from '../../store/partitions/partition-state.ts'
import { schemaOf } from '../../store/search-path.ts'
import { serverState } from '../../store/server-state.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openOf, tenantOption } from '../connect/open-database.ts'
import { checkCosts } from './check-costs.ts'
import { checkCredentials } from './check-credentials.ts'
import { checkEndpoint } from './check-endpoint.ts'
import { checkPartitions } from './check-partitions.ts'
import { checkRetention } from './check-retention.ts'
import { checkClock, checkDurability, checkPrivileges, checkVersion } from './check-server.ts'
import { checkSpans } from './check-spans.ts'
import { endpointsOf } from './endpoints.ts'
import { CheckFailed, type Finding, findingText, orFail } from './finding.ts'
import { senderOf } from './sender.ts'

const somethingIsWrong = 1

/** Checks everything between a sender and its rows, and says what to do about each thing that isn't right. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { switches, write } = input
  const findings: Finding[] = []
  const report = (finding: Finding) => {
    findings.push(finding)
    if (!switches.has('json')) write(findingText(finding))
  }
  try {
    await checkAll(input, report)
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error
    report(error.finding)
  }
  if (switches.has('json')) write(`${JSON.stringify(findings, null, 2)}\n`)
  return findings.some(({ advice }) => advice !== undefined) ? somethingIsWrong : undefined
}

async function checkAll(input: CommandInput, report: (finding: Finding) => void): Promise<void> {
  const tenant = tenantOption(input)
  await using database = await orFail(
    'database',
    openOf(input, tenant),
    'Name one that is there, or start `spanledger serve` once: it makes the embedded one.',
  )
  const state = await orFail(
    'database',
    serverState(database),
    'See that it runs and that DATABASE_URL has its address, a role of its own and the right password.',
  )
  report(checkVersion(database, state))
  report(checkDurability(state))
  report(checkClock(state))
  await orFail('tables', checkMigrated(database), 'Nothing can be written before that.')
  report({ check: 'tables', found: 'up to date' })
  report(await checkPrivileges(database, state))
  report(checkPartitions(await readPartitionStates(database)))
  ;(await checkRetention(database)).forEach(report)
  const spans = await orFail('spans', checkSpans(database), `See that the role may read ${schemaOf(tenant)}.ledger.`)
  spans.forEach(report)
  const costs = await orFail('costs', checkCosts(database), 'See that the role may read task_executions.')
  costs.forEach(report)
  // what is sent is looked for in the default tenant's tables
  if (tenant !== '') return
  ;(await checkCredentials(input.config, database)).forEach(report)
  for (const endpoint of endpointsOf(input.config, senderOf(process.env)))
    report(await checkEndpoint(endpoint, database))
}
