import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'
import { forgetRun } from '../../../src/transaction/forget/forget-run.ts'
import { ensureTombstoneKey } from '../../../src/transaction/ledger/tombstones.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { moveAll } from '../../../src/transaction/moves/move-all.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { lateRoot, laterSteps, manySteps } from '../../support/late-root.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { fixedPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const price = fixedPrice(1_234_567, 'openai')
const all = [...manySteps, lateRoot, ...laterSteps]

/** The ledger of these facts, written at once. */
async function written(facts: typeof manySteps): Promise<string> {
  await using ledger = await freshLedger()
  await openTestWriter(ledger.database, { price })(facts)
  return await dumpLedger(ledger.client)
}

async function partsLeft({ client }: TestLedger): Promise<number> {
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from spanledger.moves')
  return rows[0]!.n
}

/** Law 4, but for the ranks of calls in a task that rows are leaving. */
async function broken({ client }: TestLedger): Promise<object[]> {
  return ((await brokenSums(client)) as { what: string }[]).filter(({ what }) => what !== 'sequence')
}

/** A writer that moves nothing in the background. */
function writerAtRest({ database }: TestLedger) {
  const write = openTestWriter(database, { price, mostMovedRows: 20, traceCache: openTraceCache(0) })
  return { write, stop: () => write[Symbol.asyncDispose]() }
}

test('the moves of a receiver that was killed are taken over by another one, with what has arrived meanwhile', async () => {
  await using ledger = await freshLedger()
  const script = path.join(import.meta.dirname, '..', '..', 'support', 'move-and-stall.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, ledger.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const left = await partsLeft(ledger)
  expect(left).toBeGreaterThan(2)
  expect(await broken(ledger)).toEqual([])
  const { rows } = await ledger.client.query('select workflow_id from task_executions order by 1')
  expect(rows).toEqual([{ workflow_id: 'b'.repeat(32) }, { workflow_id: 'wf' }])

  const other = openTestWriter(ledger.database, { price, mostMovedRows: 20 })
  expect(await other(laterSteps)).toEqual(laterSteps.map(() => 'committed'))
  expect(await partsLeft(ledger)).toBe(left)
  expect(await broken(ledger)).toEqual([])
  await other.takeOverMoves(3_600)
  await other.moved()
  expect(await partsLeft(ledger)).toBe(left)
  await other.takeOverMoves(0)
  await other.moved()
  expect(await partsLeft(ledger)).toBe(0)
  expect(await brokenSums(ledger.client)).toEqual([])
  expect(await dumpLedger(ledger.client)).toBe(await written(all))
})

test('a run is forgotten with the rows that had not been moved into it', async () => {
  await using ledger = await freshLedger()
  const { write, stop } = writerAtRest(ledger)
  await write(manySteps)
  await stop()
  await write([lateRoot])
  expect(await partsLeft(ledger)).toBeGreaterThan(2)
  const key = await ensureTombstoneKey(ledger.database)
  await forgetRun({ database: ledger.database, price, toJson: JSON.stringify, key }, 'wf')
  expect(await dumpLedger(ledger.client)).toBe('\n')
  expect(await partsLeft(ledger)).toBe(0)
})

test('an id that comes later still takes the rows that were moved and those that were not', async () => {
  await using ledger = await freshLedger()
  const { write, stop } = writerAtRest(ledger)
  await stop()
  const above = {
    ...lateRoot,
    id: 'e'.repeat(16),
    workflowId: 'wf-above',
    startNs: lateRoot.startNs - 1n,
    digest: 'd'.repeat(64),
  }
  const child = { ...lateRoot, workflowId: null, parent: above.id }
  await write(manySteps)
  await write([child])
  await write([above])
  expect(await partsLeft(ledger)).toBeGreaterThan(2)
  await moveAll({ database: ledger.database, price, toJson: JSON.stringify }, [lateRoot.trace])
  expect(await brokenSums(ledger.client)).toEqual([])
  expect(await dumpLedger(ledger.client)).toBe(await written([...manySteps, child, above]))
})
