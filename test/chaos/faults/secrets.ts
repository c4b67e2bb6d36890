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
    const token = world.security.addToken()
    const headers = { authorization: `Bearer ${token}` }
    const question = { path: '/v1/traces', body: Buffer.alloc(0), timeoutMs: 5_000 }
    const isTaken = async (bridge: Bridge) => {
      const asked = { ...question, headers: { ...headers, 'content-type': 'application/x-protobuf' } }
      return (await ask(bridge, asked)).status === 200
    }
    if (!(await untilAll(world, isTaken))) return undefined
    world.taken.tokens++
    world.security.useToken(token)
    return undefined
  },
} satisfies Partial<Record<FaultKind, Apply>>

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
