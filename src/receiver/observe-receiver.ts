import { isDenial } from '../accept/answers/denied.ts'
import type { Receive } from '../accept/answers/receipt.ts'
import type { ByteBudget } from '../accept/body/budget.ts'
import type { ServerOptions } from '../accept/server-options.ts'
import type { AssembledPipeline } from '../assemble.ts'
import type { Config } from '../config/settings.ts'
import { observeProcess } from '../metrics/process-values.ts'
import type { Metrics, Series } from '../metrics/registry.ts'
import type { PartitionState } from '../store/partitions/partition-state.ts'
import { readVersion } from '../version.ts'
import type { Credentials, Expiry } from './credentials.ts'

/** What of a receiver is observed. */
export interface ObservedReceiver {
  readonly config: Pick<Config, 'maxInflightBytes'>
  readonly maxWaitingFacts: number
  readonly budget: ByteBudget
  readonly pipeline: Pick<AssembledPipeline, 'queue' | 'traceCache' | 'written'>
}

/** Observes the queue, the cache, the connections and the process, until it is disposed of. */
export function observeReceiver(
  metrics: Metrics,
  { config, maxWaitingFacts, budget, pipeline }: ObservedReceiver,
): Disposable {
  const { queue, traceCache, written } = pipeline
  metrics.observe('spanledger_queue_spans', () => queue.state().facts)
  metrics.observe('spanledger_queue_limit_spans', () => maxWaitingFacts)
  metrics.observe('spanledger_queue_age_seconds', () => {
    const { oldestMs } = queue.state()
    return oldestMs === undefined ? 0 : (performance.now() - oldestMs) / 1000
  })
  metrics.observe('spanledger_inflight_bytes', () => budget.held())
  metrics.observe('spanledger_inflight_limit_bytes', () => config.maxInflightBytes)
  metrics.observe('spanledger_cache_spans', () => traceCache.state().spans)
  metrics.observe('spanledger_cache_requests_total', () => {
    const { hits, misses } = traceCache.state()
    return [one('hit', hits), one('miss', misses)]
  })
  const pools = () => written().map(({ database }) => database.pool())
  metrics.observe('spanledger_pool_connections', () => [
    one(
      'busy',
      sum(pools(), ({ busy }) => busy),
    ),
    one(
      'idle',
      sum(pools(), ({ idle }) => idle),
    ),
  ])
  metrics.observe('spanledger_pool_waiting', () => sum(pools(), ({ waiting }) => waiting))
  return observeProcess(metrics, readVersion())
}

/** Counts the requests of both servers, their bytes, and the time until their receipts. */
export function countRequests(metrics: Metrics, receive: Receive): Pick<ServerOptions, 'receive' | 'onAnswered'> {
  return {
    receive: async (request) => {
      const { signal, transport, body } = request
      const startedMs = performance.now()
      metrics.counter('spanledger_request_bytes_total', signal, transport).add(body.length)
      try {
        return await receive(request)
      } finally {
        metrics.histogram('spanledger_request_seconds', transport).record((performance.now() - startedMs) / 1000)
      }
    },
    onAnswered: ({ signal, transport, answer }) => {
      metrics.counter('spanledger_requests_total', signal, transport, answer).add(1)
      if (isDenial(answer)) metrics.counter('spanledger_refused_credentials_total', answer).add(1)
    },
  }
}

/** Observes when the certificate that is served and the first of the tokens end. */
export function observeExpiries(metrics: Metrics, { expiries }: Pick<Credentials, 'expiries'>): void {
  const secondsOf = (kind: Expiry['kind']) =>
    expiries()
      .filter((expiry) => expiry.kind === kind)
      .map(({ endMs }) => endMs / 1000)
  metrics.observe('spanledger_token_not_after_timestamp_seconds', () => {
    const seconds = secondsOf('token').filter((end) => end > Date.now() / 1000)
    return seconds.length === 0 ? [] : [{ labels: [], value: Math.min(...seconds) }]
  })
  metrics.observe('spanledger_certificate_not_after_timestamp_seconds', () =>
    secondsOf('certificate').map((end) => one('server', end)),
  )
}

/** Observes how the months of the tables are kept. Returns what maintenance is to call for each tenant. */
export function observePartitions(metrics: Metrics): (tenant: string, states: readonly PartitionState[]) => void {
  const ofTenants = new Map<string, readonly PartitionState[]>()
  const partitioned = () => [...ofTenants.values()].flat().filter(({ isPartitioned }) => isPartitioned)
  const unbounded = (part: string) =>
    sum(partitioned(), (state) => state.unbounded.filter((name) => name.endsWith(`_${part}`)).length)
  metrics.observe('spanledger_partitions_ahead', () => {
    const ahead = partitioned().map(({ monthsAhead }) => monthsAhead)
    return ahead.length === 0 ? [] : [{ labels: [], value: Math.min(...ahead) }]
  })
  metrics.observe('spanledger_unbounded_partitions', () => [
    one('past', unbounded('past')),
    one('future', unbounded('future')),
  ])
  return (tenant, states) => void ofTenants.set(tenant, states)
}

function one(label: string, value: number): Series {
  return { labels: [label], value }
}

function sum<T>(all: readonly T[], numberOf: (one: T) => number): number {
  return all.reduce((total, next) => total + numberOf(next), 0)
}
