import { setTimeout as pause } from 'node:timers/promises'
import { ask, servedCertificate } from '../ask.ts'
import type { Bridge } from '../bridge.ts'
import type { FaultKind } from '../plan.ts'
import type { World } from '../world.ts'
import type { Apply } from './effect.ts'

/** Files of the bridges that change while they run. */
export const fileFaults = {
  'certificate renewed': async (world, { lastsMs }) => {
    const fingerprint = await world.security.renewCertificate(lastsMs)
    const isServed = async (bridge: Bridge) => {
      const served = await Promise.all(bridge.ports.map((port) => servedCertificate(bridge, port)))
      return served.every((one) => one === fingerprint)
    }
    if (await untilAll(world, isServed)) world.taken.certificates++
    return undefined
  },
  'token rotated': async (world) => {
    if (await useWhenTaken(world, world.security.addToken())) world.taken.tokens++
    return undefined
  },
  'key of JWTs rotated': async (world) => {
    if (await useWhenTaken(world, await world.security.addKey())) world.taken.keys++
    return undefined
  },
  'client CAs changed': async (world) => {
    const client = world.security.changeClientCas()
    const isTaken = async (bridge: Bridge) =>
      (await ask(bridge, { path: '/healthz', timeoutMs: 5_000, client })).status === 200
    if (await untilAll(world, isTaken)) world.taken.clientCas++
    return undefined
  },
} satisfies Partial<Record<FaultKind, Apply>>

/** Has senders show a token or JWT as soon as every bridge takes it; returns whether they do in time. */
async function useWhenTaken(world: World, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-protobuf' }
  const question = { path: '/v1/traces', headers, body: Buffer.alloc(0), timeoutMs: 5_000 }
  const isTaken = await untilAll(world, async (bridge) => (await ask(bridge, question)).status === 200)
  if (isTaken) world.security.useToken(token)
  return isTaken
}

/** Waits until something holds for every bridge, each of which may be away; returns whether it does in time. */
async function untilAll(
  { bridges, embedded }: World,
  holds: (bridge: Bridge) => Promise<boolean>,
  attempts = 60,
): Promise<boolean> {
  const left = new Set([...bridges, embedded.bridge])
  for (let attempt = 0; attempt < attempts && left.size > 0; attempt++) {
    await pause(1_000)
    for (const bridge of left) if (await holds(bridge)) left.delete(bridge)
  }
  return left.size === 0
}
