import { expect, test } from 'vitest'
import { noShare, type Share } from '../../../src/settle/share/share.ts'
import { foldWorkflows, lockRemoved, writeWorkflows } from '../../../src/transaction/workflows/fold-workflows.ts'
import { lockWorkflows } from '../../../src/transaction/workflows/lock-workflows.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, type TestLedger } from '../../support/fresh-ledger.ts'
import { shareOf } from '../changes.ts'

const [first, second] = [callFacts(1).trace, callFacts(2).trace]

/** Commits that a trace's share of the workflow `wf-1` changes. */
function contribute({ database }: TestLedger, trace: string, before: Share, after: Share) {
  return database.transaction(async (session) => {
    const contributions = [{ workflow: 'wf-1', trace, before, after }]
    const changes = await foldWorkflows(
      session,
      await lockWorkflows(session, contributions, { checkOtherWriters: false, rewritten: new Set() }),
    )
    await writeWorkflows(session, changes)
    return changes[0]!
  })
}

async function storedShares({ client }: TestLedger): Promise<string[]> {
  const { rows } = await client.query("select replace(trace::text, '-', '') as trace from spanledger.shares order by 1")
  return rows.map(({ trace }) => trace)
}

test('the share of the only trace is the state of the workflow, and has no row', async () => {
  await using ledger = await freshLedger()
  const share = shareOf(2)
  expect(await contribute(ledger, first, noShare, share)).toMatchObject({
    before: null,
    after: { share },
    onlyTrace: first,
  })
  const again = await contribute(ledger, first, share, shareOf(3))
  expect(again.before!.share).toEqual(share)
  expect(again.after!.row.prompt).toBe(30)
  expect(await storedShares(ledger)).toEqual([])
})

test('with a second trace each share has a row, and the state is their fold', async () => {
  await using ledger = await freshLedger()
  await contribute(ledger, first, noShare, shareOf(2))
  const change = await contribute(ledger, second, noShare, shareOf(1))
  expect(change).toMatchObject({ onlyTrace: null })
  expect(change.after!.row.prompt).toBe(30)
  expect(await storedShares(ledger)).toEqual([first, second])
  const gone = await contribute(ledger, second, shareOf(1), noShare)
  expect(gone.after!.row.prompt).toBe(20)
  expect(await storedShares(ledger)).toEqual([first])
})

test('where a best value is removed, it is found again in the shares of all traces', async () => {
  await using ledger = await freshLedger()
  const [ada, bob] = [shareOf(1, { user_id: 'ada' }), shareOf(1, { user_id: 'bob' })]
  await contribute(ledger, first, noShare, ada)
  await contribute(ledger, second, noShare, bob)
  expect((await contribute(ledger, first, ada, shareOf(1))).after!.row.user).toBe('bob')
})

test('a workflow without a node is no task any more', async () => {
  await using ledger = await freshLedger()
  await contribute(ledger, first, noShare, shareOf(1))
  expect(await contribute(ledger, first, shareOf(1), noShare)).toMatchObject({ after: null, onlyTrace: null })
})

test('a removed workflow is locked with its state', async () => {
  await using ledger = await freshLedger()
  await contribute(ledger, first, noShare, shareOf(1))
  const removed = await ledger.database.transaction((session) => lockRemoved(session, 'wf-1'))
  expect(removed.before!.row.prompt).toBe(10)
  expect(removed.after).toBeNull()
})
