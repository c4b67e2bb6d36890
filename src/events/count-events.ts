import type { AlertChange } from '../budgets/alerts.ts'
import type { WebhookOutcome } from '../budgets/delivery.ts'
import type { Signal } from '../decode/span.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { CostGap } from '../settle/share/cost-gaps.ts'
import { type AnswerDetails, outcomesOf, type Tally } from './tally.ts'

/** How events are counted. */
export interface CountOptions {
  /** Gives milliseconds since 1970. */
  readonly clock: () => number
  /** So many tenants are counted apart, the others together; 0: no tenant is named. */
  readonly countTenants: number
}

/** The events that are counted. Their meanings: `Events` in events/events.ts. */
export interface CountedEvents {
  requestAnswered(signal: Signal, tally: Tally, details: AnswerDetails): void
  dialectsSeen(counts: ReadonlyMap<string, number>): void
  batchCommitted(batch: { readonly items: number; readonly milliseconds: number }): void
  rowsLocked(lock: string, milliseconds: number): void
  redacted(counts: ReadonlyMap<string, number>): void
  costGap(gap: CostGap): void
  budgetAlert(change: AlertChange): void
  budgetsChecked(milliseconds: number, failure: Error | null): void
  webhookAttempted(outcome: WebhookOutcome): void
  maintained(failures: number): void
  unbalanced(): void
  unreadUsage(): void
  warning(): void
  unexpected(): void
  databasesAway(count: number): void
}

/** So many models are named of which calls are in no sum: senders choose the names. */
const mostModels = 50

/** Counts events. Nothing here is called for each span: a request's are counted when it is answered. */
export function countEvents(metrics: Metrics, { clock, countTenants }: CountOptions): CountedEvents {
  const countAnswer = answerCounter(metrics, labelsUpTo(countTenants))
  const modelLabel = labelsUpTo(mostModels)
  const commitSeconds = metrics.histogram('spanledger_commit_seconds')
  const commitSpans = metrics.histogram('spanledger_commit_spans')
  const counter = (name: Parameters<Metrics['counter']>[0]) => {
    const cell = metrics.counter(name)
    return () => cell.add(1)
  }
  const failures = metrics.counter('spanledger_maintenance_failures_total')
  const checkSeconds = metrics.histogram('spanledger_budget_check_seconds')
  let [committedMs, maintainedMs, away] = [0, 0, 0]
  metrics.observe('spanledger_last_commit_timestamp_seconds', () => committedMs / 1000)
  metrics.observe('spanledger_maintenance_timestamp_seconds', () => maintainedMs / 1000)
  metrics.observe('spanledger_databases_away', () => away)
  return {
    requestAnswered: countAnswer,
    unbalanced: counter('spanledger_unbalanced_requests_total'),
    dialectsSeen: (counts) => {
      for (const [dialect, count] of counts)
        metrics.counter('spanledger_dialect_spans_total', dialect || 'none').add(count)
    },
    batchCommitted: ({ items, milliseconds }) => {
      committedMs = clock()
      commitSeconds.record(milliseconds / 1000)
      commitSpans.record(items)
    },
    rowsLocked: (lock, milliseconds) =>
      metrics.histogram('spanledger_lock_wait_seconds', lock).record(milliseconds / 1000),
    redacted: (counts) => {
      for (const [pattern, count] of counts) {
        if (pattern === 'failed') metrics.counter('spanledger_redaction_failures_total').add(count)
        else metrics.counter('spanledger_redactions_total', pattern).add(count)
      }
    },
    costGap: ({ why, model, calls }) =>
      metrics.counter('spanledger_cost_gap_calls_total', why, modelLabel(model)).add(calls),
    budgetAlert: ({ budget, threshold, isReached }) =>
      metrics
        .counter('spanledger_budget_alerts_total', budget.name, String(threshold), isReached ? 'reached' : 'withdrawn')
        .add(1),
    budgetsChecked: (milliseconds, failure) => {
      checkSeconds.record(milliseconds / 1000)
      if (failure !== null) metrics.counter('spanledger_budget_check_failures_total').add(1)
    },
    webhookAttempted: (outcome) => metrics.counter('spanledger_budget_webhooks_total', outcome).add(1),
    unreadUsage: counter('spanledger_unread_usage_attributes_total'),
    warning: counter('spanledger_warnings_total'),
    unexpected: counter('spanledger_unexpected_errors_total'),
    databasesAway: (count) => {
      away = count
    },
    maintained: (count) => {
      if (count > 0) failures.add(1)
      else maintainedMs = clock()
    },
  }
}

/** Counts what became of the items of a request, so that the outcomes add up to what was received (law 6). */
function answerCounter(metrics: Metrics, tenantLabel: (tenant: string) => string): CountedEvents['requestAnswered'] {
  return (signal, tally, { transport, tenant, refused, givenBack }) => {
    const outcomeOf = (outcome: string, reason: string) =>
      metrics.counter('spanledger_spans_total', signal, transport, outcome, reason)
    metrics.counter('spanledger_received_spans_total', signal, transport).add(tally.received)
    const label = tenantLabel(tenant)
    for (const [outcome, count] of outcomesOf(tally)) {
      if (count === 0) continue
      if (label !== '') metrics.counter('spanledger_tenant_spans_total', label, outcome).add(count)
      if (outcome !== 'refused') outcomeOf(outcome, outcome === 'given_back' ? givenBack : '').add(count)
    }
    for (const [reason, count] of refused) outcomeOf('refused', reason).add(count)
  }
}

/** Returns the first `most` names as they are, later ones as `other`; '' for all of them where `most` is 0. */
function labelsUpTo(most: number): (name: string) => string {
  const known = new Set<string>()
  return (name) => {
    if (most === 0) return ''
    const label = name === '' ? 'default' : name.slice(0, 100)
    if (known.has(label)) return label
    if (known.size >= most) return 'other'
    known.add(label)
    return label
  }
}
