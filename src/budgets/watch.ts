import type { Database } from '../store/database.ts'
import type { TouchedUsage } from '../transaction/touched-usage.ts'
import type { AlertChange } from './alerts.ts'
import { type Budget, budgetsOf } from './budget.ts'
import { checkBudgets } from './check.ts'
import { type Delivery, openDelivery, type WebhookOutcome } from './delivery.ts'
import type { CheckWork } from './sum-spend.ts'
import type { Webhook } from './webhook.ts'

/** What is watched. */
export interface WatchOptions {
  readonly budgets: readonly Budget[]
  /** null: no webhooks are sent. */
  readonly webhook: Webhook | null
  readonly databaseOf: (tenant: string) => Database
  /** All tenants, '' for the default one. */
  readonly listTenants: () => Promise<readonly string[]>
  readonly events: BudgetEvents
  /** How soon after a commit budgets are checked, and how often it is looked around, in milliseconds. */
  readonly pauseMs?: number
  readonly lookEveryMs?: number
  /** The pauses between attempts at a webhook, in seconds. */
  readonly webhookPauses?: readonly number[]
}

/** What a watch reports. */
export interface BudgetEvents {
  budgetAlert(tenant: string, change: AlertChange): void
  /** A check has ended: `failure` is why it could not be done. */
  budgetsChecked(milliseconds: number, failure: Error | null): void
  webhookAttempted(outcome: WebhookOutcome, why: string): void
}

/** Watches the budgets of all tenants. */
export interface BudgetWatch extends AsyncDisposable {
  /** Takes note of what a transaction has committed; does nothing else. */
  touched(tenant: string, touched: TouchedUsage): void
  /** Begins to check, when the tables are there. */
  start(): void
}

/** What waits to be checked in a tenant's tables. */
interface Waiting {
  readonly hours: Set<number>
  readonly tasks: Set<string>
  /** More was touched than is remembered. */
  isFull: boolean
}

/** A commit is checked with all others of so many milliseconds. */
const usualPauseMs = 250
const usualLookEveryMs = 60_000
/** The next check waits so many times as long as the last one took: checks take at most a twentieth of one connection. */
const restFactor = 19
/** Beyond so many tasks or hours a tenant is looked at as at the start. */
const mostRemembered = 10_000

/** Opens a watch. Disposing it checks what waits, once, and ends the webhooks under way. */
export function openBudgetWatch(options: WatchOptions): BudgetWatch {
  const { pauseMs = usualPauseMs, lookEveryMs = usualLookEveryMs } = options
  const turns = new Turns(options)
  let [isStarted, isStopped, restMs] = [false, false, 0]
  let [checkTimer, lookTimer]: (NodeJS.Timeout | undefined)[] = []
  let running: Promise<void> = Promise.resolve()
  /** Takes a turn when the one before has ended, and returns how long the next one of its kind has to wait. */
  const turn = (looksAround: boolean): Promise<number> => {
    const taken = running.then(async () => {
      const startedMs = performance.now()
      await turns.take(looksAround)
      return (performance.now() - startedMs) * restFactor
    })
    running = taken.then(() => {})
    return taken
  }
  const check = async () => {
    restMs = await turn(false)
    checkTimer = undefined
    if (turns.isWaiting) schedule()
  }
  const look = async () => {
    const rest = await turn(true)
    if (!isStopped) lookTimer = setTimeout(look, Math.max(lookEveryMs, rest)).unref()
    if (turns.isWaiting) schedule()
  }
  const schedule = () => {
    if (isStarted && !isStopped) checkTimer ??= setTimeout(check, Math.max(pauseMs, restMs)).unref()
  }
  return {
    touched(tenant, touched) {
      turns.add(tenant, touched)
      schedule()
    },
    start() {
      isStarted = true
      void look()
    },
    async [Symbol.asyncDispose]() {
      isStopped = true
      clearTimeout(lookTimer)
      clearTimeout(checkTimer)
      await running
      if (isStarted && turns.isWaiting) await turns.take(false)
      await turns.delivery?.[Symbol.asyncDispose]()
    },
  }
}

/** The checks of all tenants, one after the other. */
class Turns {
  readonly delivery: Delivery | null
  readonly #options: WatchOptions
  readonly #waiting = new Map<string, Waiting>()
  /** The tenants whose budgets were compared with all sums once. */
  readonly #decided = new Set<string>()

  constructor(options: WatchOptions) {
    this.#options = options
    const { webhook, databaseOf, events, webhookPauses } = options
    const onAttempt = events.webhookAttempted
    const pauses = webhookPauses && { pauses: webhookPauses }
    this.delivery = webhook && openDelivery({ databaseOf, webhook, onAttempt, ...pauses })
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0
  }

  add(tenant: string, { hours, tasks }: TouchedUsage): void {
    const waiting = this.#waiting.get(tenant) ?? { hours: new Set(), tasks: new Set(), isFull: false }
    if (hours.size + tasks.length === 0) return
    this.#waiting.set(tenant, waiting)
    if (waiting.hours.size + waiting.tasks.size > mostRemembered) waiting.isFull = true
    else {
      for (const hour of hours) waiting.hours.add(hour)
      for (const task of tasks) waiting.tasks.add(task)
    }
  }

  /** Checks the tenants that were written to, or all of them. */
  async take(looksAround: boolean): Promise<void> {
    const waiting = new Map(this.#waiting)
    this.#waiting.clear()
    const all = looksAround ? await this.#options.listTenants().catch(() => ['']) : []
    for (const tenant of new Set([...waiting.keys(), ...all])) {
      await this.#check(tenant, waiting.get(tenant), looksAround)
      if (looksAround) this.delivery?.start(tenant)
    }
  }

  async #check(tenant: string, waiting: Waiting | undefined, looksAround: boolean): Promise<void> {
    const { budgets, databaseOf, webhook, events } = this.#options
    const limiting = budgetsOf(budgets, tenant)
    if (limiting.length === 0) return
    const decidesAll = looksAround && !this.#decided.has(tenant)
    const work: CheckWork = {
      hours: waiting?.hours ?? new Set(),
      tasks: [...(waiting?.tasks ?? [])],
      looksAround,
      sumsMonths: waiting?.isFull ?? false,
      decidesAll,
    }
    const startedMs = performance.now()
    try {
      const database = databaseOf(tenant)
      const changes = await checkBudgets({ database, budgets: limiting, hasWebhook: webhook !== null }, work)
      if (decidesAll) this.#decided.add(tenant)
      for (const change of changes) events.budgetAlert(tenant, change)
      if (changes.length > 0) this.delivery?.start(tenant)
      events.budgetsChecked(performance.now() - startedMs, null)
    } catch (error) {
      if (waiting !== undefined) this.#addAgain(tenant, waiting)
      events.budgetsChecked(performance.now() - startedMs, error as Error)
    }
  }

  #addAgain(tenant: string, waiting: Waiting): void {
    this.add(tenant, { hours: waiting.hours, tasks: [...waiting.tasks] })
    const now = this.#waiting.get(tenant)
    if (now !== undefined) now.isFull ||= waiting.isFull
  }
}
