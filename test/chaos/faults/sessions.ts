import { setTimeout as pause } from 'node:timers/promises'
import { type FaultKind, raised } from '../plan.ts'
import { role } from '../server.ts'
import { type Apply, untilAnswered } from './effect.ts'

/** A session of the bridges, one in a transaction if there is any. */
const oneSession =
  'from (select pid from pg_stat_activity where usename = $1 order by xact_start is null, random() limit 1) s'

/** Faults of one session, or of one statement. */
export const sessionFaults = {
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
} satisfies Partial<Record<FaultKind, Apply>>
