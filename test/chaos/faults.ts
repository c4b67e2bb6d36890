import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runCommandOf } from './commands.ts'
import { type Fault, type FaultKind, type Lane, raised } from './plan.ts'
import { role } from './server.ts'
import type { World } from './world.ts'

/** What a fault did: whether a transaction was open when it came, and whether it could be done at all. */
export interface Effect {
  readonly hitTransaction: boolean
  /** A reason where it couldn't. */
  readonly leftOut?: string
}

type Apply = (world: World, fault: Fault) => Promise<Effect | undefined>

/** Does a fault, and ends what lasts. */
export async function applyFault(world: World, fault: Fault): Promise<Effect> {
  const waits = waitsForTransaction.has(fault.kind) ? 25 : 1
  let hitTransaction = false
  for (let attempt = 0; attempt < waits && !hitTransaction; attempt++) {
    if (attempt > 0) await pause(20)
    hitTransaction = await isInTransaction(world)
  }
  const effect = await apply[fault.kind](world, fault)
  return effect ?? { hitTransaction }
}

/** A fault that hits nothing tests nothing: these wait half a second for a transaction. */
const waitsForTransaction: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'bridge killed',
  'bridge frozen',
  'bridge upgraded',
  'clock jumped',
  'server crashed',
  'server restarted at once',
  'server frozen',
  'session ended',
  'statement cancelled',
  'black hole',
  'cut at a byte',
])

async function isInTransaction({ server, database }: World): Promise<boolean> {
  const sql = 'select 1 from pg_stat_activity where usename = $1 and xact_start is not null limit 1'
  return ((await server.ask(database, sql, [role]))?.length ?? 0) > 0
}

const indexOf = (lane: Lane) => Number(lane.at(-1))

const apply: Record<FaultKind, Apply> = {
  'bridge killed': async ({ bridges }, { lane }) => {
    const bridge = bridges[indexOf(lane)]!
    await bridge.kill()
    await bridge.start()
    return undefined
  },
  'bridge frozen': async ({ bridges }, { lane, lastsMs }) => {
    bridges[indexOf(lane)]!.signal('SIGSTOP')
    await pause(lastsMs)
    bridges[indexOf(lane)]!.signal('SIGCONT')
    return undefined
  },
  // one bridge at a time, while the other goes on with the program that it has
  'bridge upgraded': async ({ bridges }, { lane, lastsMs }) => {
    const bridge = bridges[indexOf(lane)]!
    await bridge.stop()
    await pause(lastsMs)
    await bridge.start()
    return undefined
  },
  'clock jumped': async ({ bridges }, { lane, lastsMs }) => {
    bridges[indexOf(lane)]!.signal('SIGUSR2')
    await pause(lastsMs)
    bridges[indexOf(lane)]!.signal('SIGUSR2')
    return undefined
  },
  'requests flooded': async (world, { lane }) => {
    const { http } = world.bridges[indexOf(lane)]!
    const bodies = world.sent.acknowledged.slice(-400)
    const post = ({ signal, format, body }: (typeof bodies)[number]) =>
      fetch(`${http}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': format === 'json' ? 'application/json' : 'application/x-protobuf' },
        body,
        signal: AbortSignal.timeout(10_000),
      }).catch(() => null)
    await Promise.all(bodies.map(post))
    return undefined
  },
  'server crashed': async (world) => {
    const backends = await world.server.ask<{ pid: number }>(
      world.database,
      'select pid from pg_stat_activity where usename = $1 order by xact_start nulls last limit 1',
      [role],
    )
    const [backend] = backends ?? []
    if (backend === undefined) return { hitTransaction: false }
    kill(backend.pid, 'SIGKILL')
    await untilServerAnswers(world)
    return undefined
  },
  'server restarted at once': async (world, { lastsMs }) => {
    await pause(lastsMs)
    await world.server.crash()
    await untilServerAnswers(world)
    return undefined
  },
  'server frozen': async (world, { lastsMs }) => {
    const sql = 'select pid from pg_stat_activity where usename = $1'
    const backends = (await world.server.ask<{ pid: number }>(world.database, sql, [role])) ?? []
    world.server.signal('SIGSTOP')
    for (const { pid } of backends) kill(pid, 'SIGSTOP')
    await pause(lastsMs)
    for (const { pid } of backends) kill(pid, 'SIGCONT')
    world.server.signal('SIGCONT')
    return undefined
  },
  'read-only server': async (world, { lastsMs }) => {
    const setReadOnly = (value: string) =>
      world.server.ask('postgres', `alter database ${world.database} set default_transaction_read_only = ${value}`)
    await setReadOnly('on')
    await endSessions(world)
    const hitTransaction = await untilAnswered(world, '25006')
    await pause(lastsMs)
    while ((await setReadOnly('off')) === null) await pause(100)
    return { hitTransaction }
  },
  'no connection left': async (world, { lastsMs }) => {
    await world.server.ask('postgres', `alter role ${role} connection limit 0`)
    await endSessions(world)
    const hitTransaction = await untilAnswered(world, '53300')
    await pause(lastsMs)
    while ((await world.server.ask('postgres', `alter role ${role} connection limit -1`)) === null) await pause(100)
    return { hitTransaction }
  },
  'tables maintained': async (world) => {
    const url = `postgres://${role}:${role}@127.0.0.1:${world.server.port}/${world.database}`
    await runCommandOf(['partition'], url)
    await runCommandOf(['prune'], url, { SPANLEDGER_RETENTION: '{"event_logs": "3000d"}' })
    return undefined
  },
  'session ended': async (world) => {
    await world.server.ask(world.database, `select pg_terminate_backend(pid) ${oneSession}`, [role])
    return undefined
  },
  'statement cancelled': async (world) => {
    await world.server.ask(world.database, `select pg_cancel_backend(pid) ${oneSession}`, [role])
    return undefined
  },
  'error in a statement': async (world) => {
    const state = raised[world.raised++ % raised.length]!
    while ((await world.server.ask(world.database, 'insert into chaos.plan values ($1)', [state])) === null)
      await pause(100)
    const isRaised = await untilAnswered(world, state)
    while ((await world.server.ask(world.database, 'delete from chaos.plan')) === null) await pause(100)
    return { hitTransaction: isRaised }
  },
  'locks held': async (world, { lastsMs }) => {
    const rows = 'select 1 from spanledger.traces limit 5000 for update'
    const sql = `do $$ begin perform 1 from (${rows}) t; perform 1 from spanledger.days for update; perform pg_sleep(${lastsMs / 1000}); end $$`
    const held = await world.server.ask(world.database, sql)
    return { hitTransaction: held !== null }
  },
  'cut after COMMIT': async ({ proxies }, { lane, lastsMs }) => {
    const proxy = proxies[indexOf(lane)]!
    const committing = new WeakSet<object>()
    let isCut = false
    proxy.inspect((from, chunk, connection) => {
      if (from === 'client' && chunk.includes('commit\0')) committing.add(connection)
      if (from === 'client' || !committing.has(connection) || isCut) return true
      isCut = true
      return false
    })
    for (let waitedMs = 0; !isCut && waitedMs < 1_000 + lastsMs; waitedMs += 20) await pause(20)
    proxy.inspect(null)
    return { hitTransaction: isCut }
  },
  'cut at a byte': async ({ proxies }, { lane, lastsMs }) => {
    const proxy = proxies[indexOf(lane)]!
    let left = 20_000 + lastsMs * 20
    proxy.inspect((_, chunk) => {
      left -= chunk.length
      return left > 0
    })
    await pause(500)
    proxy.inspect(null)
    return undefined
  },
  'black hole': async ({ proxies }, { lane, lastsMs }) => {
    const proxy = proxies[indexOf(lane)]!
    proxy.blackHole()
    await pause(lastsMs)
    proxy.heal()
    return undefined
  },
  'slow network': async ({ proxies }, { lane, lastsMs, number }) => {
    const proxy = proxies[indexOf(lane)]!
    proxy.delay(20 + 200 * number)
    await pause(lastsMs)
    proxy.delay(0)
    return undefined
  },
  'embedded killed': async ({ embedded }) => {
    await embedded.bridge.kill()
    await embedded.bridge.start()
    return { hitTransaction: true }
  },
  'embedded frozen': async ({ embedded }, { lastsMs }) => {
    embedded.bridge.signal('SIGSTOP')
    await pause(lastsMs)
    embedded.bridge.signal('SIGCONT')
    return { hitTransaction: true }
  },
  'embedded disk full': async ({ embedded }, { lastsMs }) => {
    if (!embedded.isOwnDisk) return { hitTransaction: false, leftOut: 'no tmpfs can be mounted here' }
    fillDisk(embedded.folder)
    await pause(lastsMs)
    rmSync(path.join(embedded.folder, 'filler'), { force: true })
    return { hitTransaction: true }
  },
}

/** A session of the bridges, one in a transaction if there is any. */
const oneSession =
  'from (select pid from pg_stat_activity where usename = $1 order by xact_start is null, random() limit 1) s'

/** Waits until the server has answered with this SQLSTATE, for some seconds at most. */
async function untilAnswered({ server }: World, state: string): Promise<boolean> {
  const before = server.states().get(state) ?? 0
  for (let attempt = 0; attempt < 500; attempt++) {
    await pause(20)
    if ((server.states().get(state) ?? 0) > before) return true
  }
  return false
}

async function endSessions({ server, database }: World): Promise<void> {
  await server.ask(database, 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
}

export async function untilServerAnswers({ server, database }: World): Promise<void> {
  while ((await server.ask(database, 'select 1')) === null) await pause(100)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has ended meanwhile
  }
}

function fillDisk(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  const file = path.join(folder, 'filler')
  try {
    writeFileSync(file, Buffer.alloc(bavail * bsize))
  } catch {
    // it is full
  }
}

/** Mounts a file system in memory of this size; says whether that can be done. */
export function mountDisk(folder: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
    return readFileSync('/proc/mounts', 'utf8').includes(folder)
  } catch {
    return false
  }
}
