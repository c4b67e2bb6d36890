import type { Settling } from '../settle/settling.ts'
import type { Share } from '../settle/share.ts'
import type { Session } from './database.ts'
import { shareFromText, shareToText } from './remember.ts'
import { statement } from './statements.ts'
import type { Target } from './target.ts'

/** What a trace gives to a workflow now, and gave before. */
export interface Contribution {
  readonly tenant: string
  readonly workflow: string
  readonly trace: string
  readonly before: Share
  readonly after: Share
}

interface Lock {
  readonly tenant: string
  readonly workflow: string
  readonly seq: string
  readonly last_call: string | null
  readonly state: string | null
}

/** Locks the workflows that get another share from some trace, and folds what they are then. */
export async function lockWorkflows(
  session: Session,
  settling: Settling,
  contributions: readonly Contribution[],
): Promise<Target[]> {
  const groups = new Map<string, Contribution[]>()
  for (const contribution of contributions) {
    const key = keyOf(contribution)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [contribution])
    else group.push(contribution)
  }
  if (groups.size === 0) return []
  const firsts = [...groups.values()].map(([first]) => first!)
  const locks = await session.query<Lock>(statement('lock_workflows'), [
    firsts.map(({ tenant }) => tenant),
    firsts.map(({ workflow }) => workflow),
    firsts.map(({ tenant, workflow }) => settling.taskId(tenant, workflow)),
  ])
  const before = new Map(
    locks.map((lock) => [keyOf(lock), lock.state === null ? settling.noShare : shareFromText(lock.state)]),
  )
  const after = await foldAll(session, settling, groups, before)
  return locks.map((lock) => targetOf(settling, lock, before.get(keyOf(lock))!, after.get(keyOf(lock))!))
}

function keyOf({ tenant, workflow }: { tenant: string; workflow: string }): string {
  return `${tenant} ${workflow}`
}

async function foldAll(
  session: Session,
  settling: Settling,
  groups: ReadonlyMap<string, Contribution[]>,
  before: ReadonlyMap<string, Share>,
): Promise<Map<string, Share>> {
  const after = new Map<string, Share>()
  const anew: string[] = []
  for (const [key, contributions] of groups) {
    const whole = contributions.reduce<Share | null>(
      (share, change) => share && settling.replaceShare(share, change.before, change.after),
      before.get(key)!,
    )
    if (whole === null) anew.push(key)
    else after.set(key, whole)
  }
  if (anew.length > 0) await foldAnew(session, settling, groups, anew, after)
  return after
}

/** A best value has left: it is found again among the shares of all traces of the workflow. */
async function foldAnew(
  session: Session,
  settling: Settling,
  groups: ReadonlyMap<string, Contribution[]>,
  keys: readonly string[],
  after: Map<string, Share>,
): Promise<void> {
  const firsts = keys.map((key) => groups.get(key)![0]!)
  const rows = await session.query<{ tenant: string; workflow: string; trace: string; share: string }>(
    statement('other_shares'),
    [firsts.map(({ tenant }) => tenant), firsts.map(({ workflow }) => workflow)],
  )
  const shares = new Map(keys.map((key) => [key, new Map<string, Share>()]))
  for (const row of rows) shares.get(keyOf(row))!.set(row.trace, shareFromText(row.share))
  for (const key of keys) {
    for (const change of groups.get(key)!) shares.get(key)!.set(change.trace, change.after)
    after.set(key, settling.foldShares(shares.get(key)!.values()))
  }
}

function targetOf(settling: Settling, lock: Lock, before: Share, after: Share): Target {
  const { tenant, workflow } = lock
  const state = (share: Share) => (share.nodes === 0 ? null : { share, row: settling.taskRow(tenant, workflow, share) })
  return {
    tenant,
    workflow,
    stored: settling.storedWorkflow(tenant, workflow),
    task: settling.taskId(tenant, workflow),
    before: state(before),
    after: state(after),
    seq: BigInt(lock.seq),
    lastCall: lock.last_call,
  }
}

/** Writes the shares that changed and what the workflows have become. */
export async function putWorkflows(
  session: Session,
  contributions: readonly Contribution[],
  targets: readonly Target[],
): Promise<void> {
  const gone = contributions.filter(({ before, after }) => after.nodes === 0 && before.nodes > 0)
  const there = contributions.filter(({ after }) => after.nodes > 0)
  const keys = (list: readonly Contribution[]) => [
    list.map(({ tenant }) => tenant),
    list.map(({ workflow }) => workflow),
    list.map(({ trace }) => trace),
  ]
  if (gone.length > 0) await session.query(statement('drop_shares'), keys(gone))
  if (there.length > 0)
    await session.query(statement('put_shares'), [...keys(there), there.map(({ after }) => shareToText(after))])
  if (targets.length === 0) return
  await session.query(statement('put_workflows'), [
    targets.map(({ tenant }) => tenant),
    targets.map(({ workflow }) => workflow),
    targets.map(({ seq }) => seq.toString()),
    targets.map(({ lastCall }) => lastCall),
    targets.map(({ after }) => after && shareToText(after.share)),
  ])
}
