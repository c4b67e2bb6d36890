import { Unavailable } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import { type QueuedRequest, undecided } from './job.ts'
import { type Lane, openLane } from './lane.ts'
import type { QueueOptions } from './options.ts'
import { openRefusalCache } from './refusal-cache.ts'

/** Many small requests become few large transactions, each of one tenant. */
export interface Queue<Outcome> {
  /**
   * Resolves when each of these facts is committed or refused. Rejects with `Unavailable` if that is not possible in
   * time: the same facts may be submitted again, and those that are committed already are duplicates then. `sinceMs`:
   * since when their sender waits, as `performance.now()` counts; by default now.
   */
  submit(facts: readonly Facts[], tenant: string, sinceMs?: number): Promise<Outcome[]>
  /** Whether so many facts wait on the tenant's server that no more should be decoded. */
  isFull(tenant: string): boolean
  /** Resolves when nothing is waiting or being written. */
  drained(): Promise<void>
  state(): QueueState
}

/** What waits for its COMMIT. */
export interface QueueState {
  readonly facts: number
  /** When the oldest request was submitted, as `performance.now()` counts; undefined where nothing waits. */
  readonly oldestMs: number | undefined
}

/** So many refusals are remembered between a request and its resend: a few megabytes. */
const mostRefusals = 20_000

/** Opens a queue. Nothing of it runs while it is empty. */
export function openQueue<Outcome>(options: QueueOptions<Outcome>): Queue<Outcome> {
  const lanes = Array.from({ length: options.lanes }, () => openLane(options))
  const refusals = openRefusalCache<Outcome>(mostRefusals)
  const waitingOf = new Map<string, number>()
  // a Set iterates in the order of insertion, so its first request is the oldest
  const requests = new Set<QueuedRequest<Outcome>>()
  let waiting = 0
  const count = (tenant: string, facts: number) => {
    const ofTenant = (waitingOf.get(tenant) ?? 0) + facts
    waiting += facts
    if (ofTenant === 0) waitingOf.delete(tenant)
    else waitingOf.set(tenant, ofTenant)
    return ofTenant
  }
  return {
    isFull: () => waiting >= options.maxWaitingFacts,
    submit: async (facts, tenant, sinceMs = performance.now()) => {
      if (facts.length === 0) return []
      if (waiting > 0 && waiting + facts.length > options.maxWaitingFacts) {
        throw new Unavailable(`${waiting} spans are waiting to be written already; send again`, {
          reason: 'queue-full',
        })
      }
      const used = lanesOf(lanes, tenant, count(tenant, facts.length) / options.factsPerLane)
      const request = requestOf(tenant, sinceMs, refusals.take(tenant, facts))
      requests.add(request)
      try {
        await addToLanes(used, undecided(facts, request), request, options.maxBatchFacts)
        return outcomesOf(facts, request)
      } catch (error) {
        refusals.put(tenant, request.refused)
        throw error
      } finally {
        requests.delete(request)
        count(tenant, -facts.length)
      }
    },
    drained: async () => {
      await Promise.all(lanes.map((lane) => lane.idle()))
    },
    state: () => {
      const [oldest] = requests
      // a part of a large request may wait longer than others, as if it had come later
      return { facts: waiting, oldestMs: oldest && Math.min(oldest.sinceMs, performance.now()) }
    },
  }
}

function outcomesOf<Outcome>(facts: readonly Facts[], { committed, refused }: QueuedRequest<Outcome>): Outcome[] {
  const outcomes: Outcome[] = []
  for (const fact of facts) outcomes.push(committed.get(fact) ?? refused.get(fact)!)
  return outcomes
}

function requestOf<Outcome>(tenant: string, sinceMs: number, refused: Map<Facts, Outcome>): QueuedRequest<Outcome> {
  return { tenant, sinceMs, committed: new Map(), refused, isSuspect: refused.size > 0 }
}

/** Returns so many lanes, rounded up. Tenants begin at different ones, since a batch has one tenant. */
function lanesOf<Outcome>(lanes: readonly Lane<Outcome>[], tenant: string, count: number): readonly Lane<Outcome>[] {
  const first = [...tenant].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % lanes.length
  const rotated = [...lanes.slice(first), ...lanes.slice(0, first)]
  return rotated.slice(0, Math.ceil(count))
}

/**
 * Adds the facts of each trace to its lane. A request that is larger than a transaction takes several: if it is given
 * back halfway, its resend finds the first half committed.
 */
async function addToLanes<Outcome>(
  lanes: readonly Lane<Outcome>[],
  facts: readonly Facts[],
  request: QueuedRequest<Outcome>,
  maxBatchFacts: number,
): Promise<void> {
  const ofLanes = byTrace(facts, lanes.length)
  const parts = lanes.flatMap((lane, i) => inParts(ofLanes[i]!, maxBatchFacts).map((part) => lane.add(part, request)))
  const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** Divides facts among so many lanes. */
function byTrace(facts: readonly Facts[], lanes: number): readonly (readonly Facts[])[] {
  // most requests are of a few spans, which one lane takes
  if (lanes === 1) return [facts]
  const ofLanes = Array.from({ length: lanes }, (): Facts[] => [])
  for (const fact of facts) ofLanes[Number.parseInt(fact.trace.slice(-6), 16) % lanes]!.push(fact)
  return ofLanes
}

function inParts(facts: readonly Facts[], size: number): (readonly Facts[])[] {
  return Array.from({ length: Math.ceil(facts.length / size) }, (_, i) => facts.slice(i * size, (i + 1) * size))
}
