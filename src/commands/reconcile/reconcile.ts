import { randomUUID } from 'node:crypto'
import { calcPrice } from '@pydantic/genai-prices'
import { openServers } from '../../databases.ts'
import { Misconfigured, messageOf, SpanledgerError } from '../../errors.ts'
import { areZero } from '../../reconcile/amounts.ts'
import type { Bill } from '../../reconcile/bill.ts'
import { readBills } from '../../reconcile/formats/read-bills.ts'
import type { LedgerEvidence } from '../../reconcile/ledger/ledger.ts'
import { joinEvidence, onlyLines, readEvidence } from '../../reconcile/ledger/read-ledger.ts'
import { isWithin, type Tolerance } from '../../reconcile/reasons/tolerance.ts'
import { type Reconciliation, rangeOf, reconcile } from '../../reconcile/reconcile.ts'
import { Unreadable } from '../../reconcile/unreadable.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { databaseOf } from '../../store/tenants/tenant-servers.ts'
import { tenantsOf } from '../../store/tenants/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting, openForReading, tenantOption } from '../connect/open-database.ts'
import { isForPeople, printTable, viewOf } from '../formats/table/print-table.ts'
import { painter } from '../formats/table/terminal/paint.ts'
import { showHistory } from './history.ts'
import { keepResult } from './keep-result.ts'
import { type ReconcileCommand, readOptions, withTenantIds } from './options.ts'
import { jsonReport } from './report-json.ts'
import { reportRows, rowColumns } from './report-rows.ts'
import { textReport } from './report-text.ts'
import { unitPriceOf } from './unit-price.ts'

const beyondTolerance = 1
const couldNotTell = 3
const nothingToCompare = 4

/** Compares the ledger with exports of a provider, and says why they differ. */
export async function run(input: CommandInput): Promise<number | undefined> {
  try {
    return await runReconcile(input)
  } catch (error) {
    const isUsage = error instanceof SpanledgerError && error.kind === 'configuration'
    if (isUsage || !(error instanceof SpanledgerError || error instanceof Unreadable)) throw error
    input.writeError(`${messageOf(error)}\n`)
    return couldNotTell
  }
}

async function runReconcile(input: CommandInput): Promise<number | undefined> {
  const { args, switches, writeError } = input
  const command = readOptions(input)
  if (switches.has('history')) return showHistory(input)
  if (args.length === 0)
    throw new Misconfigured('say which files to compare with: exports of a provider (docs/reconcile.md), or --history.')
  const bills = await readBills(args, command)
  await using database = await openForReading(input, tenantOption(input))
  const results: Reconciliation[] = []
  for (const bill of bills) {
    const result = await reconcileBill(input, { bill, command, database })
    if (typeof result === 'string') {
      writeError(`${result}\n`)
      continue
    }
    results.push(result)
    await keepResult(database, { id: randomUUID(), result, tolerance: command.tolerance }, writeError)
  }
  if (results.length === 0) return nothingToCompare
  report(input, results, command)
  return results.every((result) => isAllWithin(result, command.tolerance)) ? undefined : beyondTolerance
}

/** Prints comparisons: for people, as JSON, or a row a difference and reason for programs. */
function report(input: CommandInput, results: readonly Reconciliation[], command: ReconcileCommand): void {
  const { switches, terminal, write } = input
  if (switches.has('json')) {
    const all = results.map((result) => jsonReport(result, command.tolerance))
    write(`${JSON.stringify(all, null, 2)}\n`)
  } else if (isForPeople(input) && terminal.width !== null) {
    const face = { width: terminal.width, view: viewOf(input), paint: painter(terminal.colors) }
    write(results.map((result) => textReport(result, command.by, face)).join('\n'))
  } else
    printTable(input, {
      columns: rowColumns(command.groups),
      rows: results.flatMap(reportRows),
      notes: results.flatMap(({ notes }) => notes),
    })
}

function isAllWithin({ cells }: Reconciliation, tolerance: Tolerance): boolean {
  return cells.every((cell) => isWithin(cell, tolerance))
}

interface BillInput {
  readonly bill: Bill
  readonly command: ReconcileCommand
  readonly database: Database
}

/** Compares one bill; returns a sentence where there is nothing to compare. */
async function reconcileBill(
  input: CommandInput,
  { bill, command, database }: BillInput,
): Promise<Reconciliation | string> {
  const files = bill.files.join(', ')
  if (bill.lines.length === 0) return `There is nothing to compare: ${files} has no line.`
  const now = input.terminal.nowMs()
  const range = rangeOf(bill, now)
  if (range.from >= range.to)
    return `There is nothing to compare: all of ${files} is of the last day, and is not final.`
  const scope = {
    ...range,
    byTenant: command.byTenant,
    byUser: command.byUser,
    withIds: bill.lines.some(({ id }) => id !== null),
  }
  const isOfAll = command.byTenant && !input.options.has('tenant')
  const read = (part: typeof onlyLines) =>
    isOfAll ? readAllTenants(input, (one) => part(one, scope)) : part(database, scope)
  const compare = (evidence: LedgerEvidence) =>
    reconcile(bill, evidence, {
      ...withTenantIds(command, evidence.lines),
      now,
      unitPrice: unitPriceOf(createPrices(calcPrice, input.config.prices).price),
    })
  const first = compare(await read(onlyLines))
  if (first.cells.length === 0) return `There is nothing to compare: no line of ${files} is final.`
  if (!first.hasLedger)
    return `There is nothing to compare: ${database.description} has no call of this provider in that time (--provider names others).`
  checkGroups(first)
  // what explains differences is read where there are any
  return first.cells.every(({ difference }) => areZero(difference)) ? first : compare(await read(readEvidence))
}

/** Throws `Misconfigured` where a group that is asked for is known on one side only: each call would be a difference. */
function checkGroups({ groups, cells }: Reconciliation): void {
  groups.forEach((group, i) => {
    const named = cells.filter(({ place }) => place.groups[i] !== null)
    if (!named.some(({ bill }) => !areZero(bill)))
      throw new Misconfigured(`the export names no ${group}: export it with that group, or leave out --by and --map.`)
    if (!named.some(({ ledger }) => !areZero(ledger)))
      throw new Misconfigured(
        `no call of the ledger has one of the ${group}s of the export: say what of the ledger they are by --map ${group}=tenant or --map ${group}=user.`,
      )
  })
}

async function readAllTenants(
  { config }: CommandInput,
  read: (database: Database) => Promise<LedgerEvidence>,
): Promise<LedgerEvidence> {
  await using servers = await openServers(config, onlyExisting(config))
  const all: LedgerEvidence[] = []
  for (const tenant of ['', ...(await tenantsOf(servers))]) all.push(await read(databaseOf(servers, tenant)))
  return joinEvidence(all)
}
