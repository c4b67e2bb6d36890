import { createHmac } from 'node:crypto'

/** Where webhooks are sent, and the keys that sign them: the first is the present one, further ones are about to be replaced. */
export interface Webhook {
  readonly url: string
  readonly secrets: readonly Buffer[]
}

/** A message as Standard Webhooks has it. Its id is the same whenever it is sent again. */
export interface WebhookMessage {
  readonly id: string
  readonly body: string
}

/** What an attempt to send came to. */
export type WebhookAnswer =
  | { readonly outcome: 'sent' }
  /** `why` is a status or the code of an error, never a text of the other side. */
  | { readonly outcome: 'failed'; readonly why: string; readonly retryAfterSeconds: number | null }
  /** The other side wants none of it any more. */
  | { readonly outcome: 'gone'; readonly why: string }

/** Standard Webhooks asks for 15 to 30 seconds. */
const answerTimeoutMs = 15_000
/** The longest pause that the other side may ask for. */
const mostRetryAfterSeconds = 3_600

/**
 * The headers of a message, signed by HMAC-SHA256 with each of the keys
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
export function signedHeaders(
  { id, body }: WebhookMessage,
  secrets: readonly Buffer[],
  seconds: number,
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')
    return `v1,${signature}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}

/** Sends a message once. A redirect counts as a failure: it would lead signed messages to another address than the configured one. */
export async function sendWebhook(
  { url, secrets }: Webhook,
  message: WebhookMessage,
  stopped: AbortSignal,
): Promise<WebhookAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'spanledger',
        ...signedHeaders(message, secrets, Math.floor(Date.now() / 1000)),
      },
      body: message.body,
      redirect: 'manual',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(answerTimeoutMs)]),
    })
    await response.body?.cancel()
    return answerOf(response)
  } catch (error) {
    return { outcome: 'failed', why: codeOf(error), retryAfterSeconds: null }
  }
}

function answerOf({ ok, status, headers }: Response): WebhookAnswer {
  if (ok) return { outcome: 'sent' }
  const why = `status ${status}`
  if (status === 410) return { outcome: 'gone', why }
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const isAsked = Number.isInteger(seconds) && seconds > 0
  return { outcome: 'failed', why, retryAfterSeconds: isAsked ? Math.min(seconds, mostRetryAfterSeconds) : null }
}

/** The code of an error of `fetch`: the reason is in its cause, and its message may have the address in it. */
function codeOf(error: unknown): string {
  const { name, cause } = error as Error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  if (typeof code === 'string') return code
  return name === 'TimeoutError' ? 'no answer in time' : name
}
