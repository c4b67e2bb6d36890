import { expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { spawnReceiver } from '../support/command.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

/** Traces with several workflows, workflows with several traces, one call in several traces, users and sessions. */
const names = [...recordingNames('hand-', 'py-litellm-'), 'claude-code-http', 'temporal-go-deploy']

/** Sends requests to one receiver, in their order, and returns the ledger. */
async function ledgerOfOne(requests: readonly OtlpRequest[]): Promise<string> {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  expect(await sendAll(requests, [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  return await dumpLedger(client)
}

/** Deals requests out to receivers by turns, as a load balancer does that knows no trace. */
function dealt(requests: readonly OtlpRequest[], receivers: number): OtlpRequest[][] {
  return Array.from({ length: receivers }, (_, turn) => requests.filter((__, i) => i % receivers === turn))
}

/** The ids of the traces that have a part in these requests. */
function tracesIn(requests: readonly OtlpRequest[]): Set<string> {
  const decoded = requests.map(({ signal, format, body }) => decode(signal, format, body))
  return new Set(decoded.flatMap(({ spans, records }) => [...spans, ...records].map(({ traceId }) => traceId)))
}

test('four receivers without stickiness that share every trace give the ledger of one receiver', async () => {
  await using database = await freshDatabase()
  const starting = Array.from({ length: 4 }, () => spawnReceiver(database.url))
  await using one = await starting[0]!
  await using two = await starting[1]!
  await using three = await starting[2]!
  await using four = await starting[3]!
  const requests = rearrange(piecesOf(names), { seed: 4, duplicate: 0.3, variants: 0.2, batch: 3 })
  const parts = dealt(requests, 4)
  const [first, ...others] = parts.map(tracesIn)
  const inAll = [...first!].filter((trace) => others.every((traces) => traces.has(trace)))
  expect(inAll.length, 'traces of which each receiver gets a part').toBeGreaterThan(10)

  const sent = await Promise.all(
    [one, two, three, four].map(({ http }, i) => sendAll(parts[i]!, [http], { parallel: 3 })),
  )
  for (const outcome of sent) expect(outcome).toMatchObject({ failed: [], rejected: 0 })
  await using client = await connect(database.url)
  expect(await verifyRecordings(client, names)).toEqual([])
  expect(await brokenSums(client)).toEqual([])
  expect(await dumpLedger(client)).toBe(await ledgerOfOne(names.flatMap(requestsOf)))
})
