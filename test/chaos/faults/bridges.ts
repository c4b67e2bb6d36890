import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../plan.ts'
import { overHttp } from '../senders.ts'
import { type Apply, indexOf } from './effect.ts'

/** Faults of a bridge on PostgreSQL. */
export const bridgeFaults = {
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
  'bridge upgraded': async ({ bridges }, { lane, lastsMs }) => {
    const bridge = bridges[indexOf(lane)]!
    await bridge.stop()
    await pause(lastsMs)
    bridge.switchBuild()
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
    const bridge = world.bridges[indexOf(lane)]!
    const bodies = world.sent.acknowledged.slice(-400)
    const post = (request: (typeof bodies)[number]) => overHttp(request, bridge)
    await Promise.all(bodies.map(post))
    return undefined
  },
} satisfies Partial<Record<FaultKind, Apply>>
