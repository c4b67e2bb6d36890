import { z } from 'zod'
import type { MetricName } from '../../../metrics/metric-table.ts'
import type { Snapshot } from '../../../metrics/registry.ts'
import { countRefused } from '../../../queries/refused.ts'
import { priceListVersion } from '../../../settle/prices/price-list.ts'
import type { Database } from '../../../store/database.ts'
import { readPartitionStates } from '../../../store/partitions/partition-state.ts'
import type { HealthAnswer, HealthState } from '../../answers/health.ts'
import { type AnyRoute, apiRoute } from '../../api-route.ts'
import type { PageContext } from '../../page-context.ts'
import { healthSchema } from '../../schemas/health-schemas.ts'
import { healthItems } from './health-items.ts'

/** Says how the receiver is, and what to do about it. */
export const healthRoute: AnyRoute = apiRoute<object, unknown, HealthAnswer>({
  method: 'GET',
  path: '/api/health',
  name: 'health',
  summary: 'Says how the receiver is, each number with what it means and what to do about it.',
  scopes: ['read'],
  query: z.strictObject({}),
  answer: healthSchema,
  read: ({ context, tenant, database }) => healthOf(context, tenant, database),
})

/**
 * Reads how the receiver is. What all tenants have sent is shown to credentials of the default tenant alone, as metrics are;
 * others see what was counted for them, where `metrics_tenants` has it counted.
 */
export async function healthOf(context: PageContext, tenant: string, database: Database): Promise<HealthAnswer> {
  const snapshot = await context.collect()
  const { spans, of } = spansOf(snapshot, tenant)
  const dialects = tenant === '' ? dialectsIn(snapshot) : []
  const kept = await countRefused(database)
  const items = healthItems({
    spans,
    kept,
    unpricedDays: Math.floor((Date.now() - Date.parse(priceListVersion.date)) / 86_400_000),
    monthsAhead: await monthsAhead(context, tenant),
    ...(tenant === '' && {
      lagSeconds: totalOf(snapshot, 'spanledger_queue_age_seconds'),
      databasesAway: totalOf(snapshot, 'spanledger_databases_away'),
      unexpected: totalOf(snapshot, 'spanledger_unexpected_errors_total'),
      lastCommitMs: totalOf(snapshot, 'spanledger_last_commit_timestamp_seconds') * 1000,
    }),
  })
  return {
    state: worst(items.map(({ state }) => state)),
    items,
    spans,
    spans_of: of,
    since: context.startedAt.toISOString(),
    dialects,
    refused_kept: kept,
  }
}

const outcomes = ['committed', 'duplicate', 'unrelated', 'refused', 'given_back'] as const

function spansOf(
  snapshot: Snapshot,
  tenant: string,
): { readonly spans: HealthAnswer['spans']; readonly of: HealthAnswer['spans_of'] } {
  if (tenant === '') {
    const sum = (outcome: string) => sumOf(snapshot, 'spanledger_spans_total', (labels) => labels[2] === outcome)
    return { spans: withReceived(sum), of: 'receiver' }
  }
  const own = (snapshot.spanledger_tenant_spans_total ?? []).some(({ labels }) => labels[0] === tenant)
  if (!own) return { spans: null, of: 'none' }
  const sum = (outcome: string) =>
    sumOf(snapshot, 'spanledger_tenant_spans_total', (labels) => labels[0] === tenant && labels[1] === outcome)
  return { spans: withReceived(sum), of: 'tenant' }
}

function withReceived(sum: (outcome: string) => number): NonNullable<HealthAnswer['spans']> {
  const [committed = 0, duplicate = 0, unrelated = 0, refused = 0, givenBack = 0] = outcomes.map(sum)
  const received = committed + duplicate + unrelated + refused + givenBack
  return { received, committed, duplicate, unrelated, refused, given_back: givenBack }
}

function dialectsIn(snapshot: Snapshot): HealthAnswer['dialects'] {
  return (snapshot.spanledger_dialect_spans_total ?? [])
    .map(({ labels, value }) => ({ dialect: labels[0] ?? '', spans: Number(value) }))
    .toSorted((a, b) => b.spans - a.spans)
}

/** The months that are ahead in the tables of a tenant; null where they are not kept by month, or can't be looked at. */
async function monthsAhead({ databaseOf, partitions }: PageContext, tenant: string): Promise<number | null> {
  const known = partitions.get(tenant)
  if (known !== undefined && performance.now() - known.atMs < partitionsEveryMs) return known.ahead
  const states = await readPartitionStates(databaseOf(tenant)).catch(() => [])
  const ahead = states.filter(({ isPartitioned }) => isPartitioned).map(({ monthsAhead: months }) => months)
  const least = ahead.length === 0 ? null : Math.min(...ahead)
  partitions.set(tenant, { atMs: performance.now(), ahead: least })
  return least
}

const partitionsEveryMs = 60_000

function totalOf(snapshot: Snapshot, name: MetricName): number {
  return sumOf(snapshot, name, () => true)
}

function sumOf(snapshot: Snapshot, name: MetricName, isMeant: (labels: readonly string[]) => boolean): number {
  return (snapshot[name] ?? [])
    .filter(({ labels }) => isMeant(labels))
    .reduce((total, { value }) => total + (typeof value === 'number' ? value : 0), 0)
}

function worst(states: readonly HealthState[]): HealthState {
  if (states.includes('bad')) return 'bad'
  return states.includes('look') ? 'look' : 'good'
}
