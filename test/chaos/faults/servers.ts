import { setTimeout as pause } from 'node:timers/promises'
import { runCommandOf } from '../commands.ts'
import type { FaultKind } from '../plan.ts'
import { role } from '../server.ts'
import { type Apply, endSessions, meetsTransaction, untilAnswered, untilServerAnswers } from './effect.ts'

/** Faults of the server as a whole. */
export const serverFaults = {
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
  'standby promoted': async (world, { lastsMs }) => {
    const { server, proxies } = world
    const hitTransaction = await server.promoteStandby(lastsMs, () => meetsTransaction(world))
    for (const proxy of proxies) proxy.leadTo(server.port)
    await untilServerAnswers(world)
    if (hitTransaction === null) return { hitTransaction: false, leftOut: 'the standby did not catch up' }
    world.promotions++
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
    await runCommandOf(world.programs[0], ['partition'], url)
    await runCommandOf(world.programs[0], ['prune'], url, { SPANLEDGER_RETENTION: '{"event_logs": "3000d"}' })
    return undefined
  },
} satisfies Partial<Record<FaultKind, Apply>>

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it has ended meanwhile
  }
}
