import pg from 'pg'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { type BridgeOptions, newBridge } from './bridge.ts'
import { lastingPort } from './ports.ts'
import { exported, exporters, type Sent, sendWithoutFaults } from './senders.ts'
import type { ChaosServer } from './server.ts'

/** What of a ledger differs from the ledger of the same spans without faults: the first lines of either. */
export interface Difference {
  readonly missing: readonly string[]
  readonly tooMuch: readonly string[]
  readonly rows: number
}

/** Where the ledger without faults is made: in a new database of this name, by a bridge like the others. */
export interface Faultless extends Pick<BridgeOptions, 'programs' | 'security'> {
  readonly server: ChaosServer
  readonly name: string
}

const patient = { SPANLEDGER_ANSWER_TIMEOUT_MS: '60000', SPANLEDGER_BEGIN_WITHIN_MS: '50000' }

/** Sends what was sent once more, to a bridge without faults, and compares its ledger with this one. */
export async function compareWithFaultless(faultless: Faultless, ledger: string, sent: Sent): Promise<Difference> {
  const { server, name, programs, security } = faultless
  const env = { DATABASE_URL: await server.newDatabase(name), ...patient }
  await using bridge = newBridge({ ports: [await lastingPort(), await lastingPort()], programs, security, env })
  await bridge.start()
  const there = new Set([...ledger.matchAll(/"workflow_id": "([^"]+)"/g)].map(([, id]) => id))
  const arrived = sent.abandoned.filter(({ workflow }) => there.has(workflow)).flatMap(({ requests }) => requests)
  await sendWithoutFaults([...sent.acknowledged, ...arrived], bridge)
  const exporter = exporters[0]!(bridge)
  for (let at = 0; at < sent.exported.length; at += 200)
    while (!(await exported(exporter, sent.exported.slice(at, at + 200)))) {}
  const expected = await withClient(server.urlOf(name), (client) => dumpLedger(client))
  return difference(expected, ledger)
}

function difference(expected: string, actual: string): Difference {
  const [wanted, found] = [expected, actual].map((text) => new Set(text.split('\n')))
  const only = (a: ReadonlySet<string>, b: ReadonlySet<string>) => [...a].filter((line) => !b.has(line))
  return { missing: only(wanted!, found!), tooMuch: only(found!, wanted!), rows: found!.size }
}

/** Runs work with a connection of its own. */
export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, application_name: 'chaos' })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

const repeated = `
  select 'seq' as what, workflow_id as whose from event_logs group by workflow_id, seq having count(*) > 1
  union all
  select 'task without events', workflow_id from task_executions t
  where not exists (select 1 from event_logs e where e.workflow_id = t.workflow_id)`

/** What holds at every moment: sums, numbers of events, tasks with their events. Null where the server is away. */
export async function brokenLaws(url: string): Promise<readonly object[] | null> {
  try {
    return await withClient(url, async (client) => {
      await client.query('set max_parallel_workers_per_gather = 0')
      return [...(await brokenSums(client)), ...(await client.query(repeated)).rows]
    })
  } catch {
    return null
  }
}
