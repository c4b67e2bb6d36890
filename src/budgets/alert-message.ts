import { exactUsd } from '../columns.ts'
import type { WebhookMessage } from './webhook.ts'

/** An alert whose webhook is due, as the table has it. */
export interface DueAlert {
  readonly id: string
  readonly revision: number
  readonly budget: string
  readonly per: string
  readonly value: string
  readonly period: string
  readonly period_start: string
  readonly threshold: number
  /** Whole numbers as text, of which one is null. */
  readonly limit_nano_usd: string | null
  readonly limit_tokens: string | null
  readonly spent_nano_usd: string
  readonly spent_tokens: string
  readonly changed_at: Date
  readonly is_reached: boolean
  /** The attempts to send its webhook, the present one included. */
  readonly attempts: number
}

/**
 * The message of an alert, made of its row alone, so that it is the same whichever receiver sends it, and however often.
 * Its id names the alert and its revision: an alert that is withdrawn, or reached again, is another message.
 */
export function messageOfAlert(tenant: string, alert: DueAlert): WebhookMessage {
  const { id, revision, is_reached: isReached, changed_at: changedAt } = alert
  const dollars = (nano: string) => exactUsd(BigInt(nano)).replace(/\.?0+$/, '')
  const data = {
    alert: id,
    budget: alert.budget,
    tenant: tenant || 'default',
    per: alert.per,
    value: alert.value,
    period: alert.period,
    period_start: alert.period_start,
    threshold_percent: alert.threshold,
    ...(alert.limit_nano_usd !== null && { limit_usd: dollars(alert.limit_nano_usd) }),
    ...(alert.limit_tokens !== null && { limit_tokens: alert.limit_tokens }),
    spent_usd: dollars(alert.spent_nano_usd),
    spent_tokens: alert.spent_tokens,
  }
  const type = isReached ? 'budget.reached' : 'budget.withdrawn'
  return {
    id: `msg_${id}_${revision}`,
    body: JSON.stringify({ type, timestamp: changedAt.toISOString(), data }),
  }
}
