import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, Lane } from '../plan.ts'
import { role } from '../server.ts'
import type { World } from '../world.ts'

/** What a fault did: whether a transaction was open when it came, and whether it could be done at all. */
export interface Effect {
  readonly hitTransaction: boolean
  /** A reason where it couldn't. */
  readonly leftOut?: string
}

/** Does a fault, and ends what lasts. Undefined: a transaction was hit if one was open before. */
export type Apply = (world: World, fault: Fault) => Promise<Effect | undefined>

/** The number of the bridge or network that a lane is of. */
export const indexOf = (lane: Lane): number => Number(lane.at(-1))

/** Waits for a transaction of the bridges, for some 20 ms each attempt; returns whether one was open. */
export async function meetsTransaction(world: World, attempts = 25): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await pause(20)
    if (await isInTransaction(world)) return true
  }
  return false
}

async function isInTransaction({ server, database }: World): Promise<boolean> {
  const sql = 'select 1 from pg_stat_activity where usename = $1 and xact_start is not null limit 1'
  return ((await server.ask(database, sql, [role]))?.length ?? 0) > 0
}

/** Ends all sessions of the bridges. */
export async function endSessions({ server, database }: World): Promise<void> {
  await server.ask(database, 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
}

/** Waits until the server has answered with this SQLSTATE, for some seconds at most. */
export async function untilAnswered({ server }: World, state: string): Promise<boolean> {
  const before = server.states().get(state) ?? 0
  for (let attempt = 0; attempt < 500; attempt++) {
    await pause(20)
    if ((server.states().get(state) ?? 0) > before) return true
  }
  return false
}

/** Waits until the server answers. */
export async function untilServerAnswers({ server, database }: World): Promise<void> {
  while ((await server.ask(database, 'select 1')) === null) await pause(100)
}
