import type { Database } from '../store/database.ts'
import { type DueAlert, messageOfAlert } from './alert-message.ts'
import { budgetStatement } from './statements.ts'
import { sendWebhook, type Webhook, type WebhookAnswer } from './webhook.ts'

/** What becomes of an attempt to send a webhook. */
export type WebhookOutcome = 'sent' | 'retried' | 'failed'

/** What a delivery needs, and what it reports to. */
export interface DeliveryOptions {
  readonly databaseOf: (tenant: string) => Database
  readonly webhook: Webhook
  /** Called after each attempt; `why` is a status or the code of an error. */
  readonly onAttempt: (outcome: WebhookOutcome, why: string) => void
  /** The seconds to wait after each failed attempt; after the last one the webhook is given up. */
  readonly pauses?: readonly number[]
}

/** Sends the webhooks of alerts in the background. */
export interface Delivery extends AsyncDisposable {
  /** Sends what is due in a tenant's table, soon. */
  start(tenant: string): void
}

/** The schedule that Standard Webhooks proposes, to its fifth pause and in smaller steps: 11 attempts in about 17 hours. */
const usualPauses = [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 18_000, 28_800]
/** While an attempt is under way, no other receiver makes one. It lasts longer than an attempt may. */
const leaseSeconds = 60
/** The webhooks that are under way at once. */
const atOnce = 10

/** Opens a delivery. Disposing it ends the attempts under way; what they had to send is due again after the lease. */
export function openDelivery(options: DeliveryOptions): Delivery {
  const { pauses = usualPauses } = options
  const stopping = new AbortController()
  /** By tenant: the round under way. */
  const running = new Map<string, Promise<void>>()
  /** The tenants for which another round follows. */
  const again = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()
  const start = (tenant: string) => {
    if (stopping.signal.aborted) return
    if (running.has(tenant)) return void again.add(tenant)
    const round = deliverDue(options, { pauses, tenant, stopped: stopping.signal })
      .then(
        (seconds) => {
          if (seconds !== null) startLater(tenant, seconds)
        },
        // the database is away: the next look at all tenants begins again
        () => {},
      )
      .then(() => {
        running.delete(tenant)
        if (again.delete(tenant)) start(tenant)
      })
    running.set(tenant, round)
  }
  const startLater = (tenant: string, seconds: number) => {
    // later attempts are found by the looks at all tenants
    if (seconds > 60 || stopping.signal.aborted) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      start(tenant)
    }, seconds * 1000).unref()
    timers.add(timer)
  }
  return {
    start,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(running.values())
    },
  }
}

interface Round {
  readonly tenant: string
  readonly pauses: readonly number[]
  readonly stopped: AbortSignal
}

/** Sends all that is due. Resolves to the seconds until the first webhook that failed is due again; null where none has. */
async function deliverDue(options: DeliveryOptions, round: Round): Promise<number | null> {
  const database = options.databaseOf(round.tenant)
  let next: number | null = null
  while (!round.stopped.aborted) {
    const due = await database.transaction((session) =>
      session.query<DueAlert>(budgetStatement('claim_alerts'), [atOnce, leaseSeconds]),
    )
    if (due.length === 0) break
    for (const pause of await Promise.all(due.map((alert) => deliver(options, round, database, alert))))
      if (pause !== null) next = Math.min(next ?? pause, pause)
  }
  return next
}

/** Makes one attempt, and keeps what became of it. Resolves to the seconds until the next one; null for none. */
async function deliver(
  { webhook, onAttempt }: DeliveryOptions,
  { tenant, pauses, stopped }: Round,
  database: Database,
  alert: DueAlert,
): Promise<number | null> {
  const answer = await sendWebhook(webhook, messageOfAlert(tenant, alert), stopped)
  if (stopped.aborted && answer.outcome !== 'sent') return null
  const pause = pauseAfter(answer, pauses[alert.attempts - 1])
  const delivery = answer.outcome === 'sent' ? 'sent' : pause === null ? 'failed' : 'pending'
  const why = answer.outcome === 'sent' ? '' : answer.why
  await database.transaction((session) =>
    session.query(budgetStatement('finish_alert'), [alert.id, alert.revision, delivery, why || null, pause ?? 0]),
  )
  onAttempt(delivery === 'pending' ? 'retried' : delivery, why)
  return pause
}

function pauseAfter(answer: WebhookAnswer, pause: number | undefined): number | null {
  if (answer.outcome !== 'failed' || pause === undefined) return null
  return Math.max(pause, answer.retryAfterSeconds ?? 0)
}
