import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../plan.ts'
import { type Apply, indexOf } from './effect.ts'

/** Faults between a bridge and its server. */
export const networkFaults = {
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
} satisfies Partial<Record<FaultKind, Apply>>
