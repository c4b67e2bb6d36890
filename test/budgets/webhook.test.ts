import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDelivery, type WebhookOutcome } from '../../src/budgets/delivery.ts'
import { signedHeaders } from '../../src/budgets/webhook.ts'
import { emptyBudgets } from '../support/budgets.ts'
import { type Settings, spawnReceiver } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { clientOf } from '../support/embedded.ts'
import { freshLedger, type TestLedger } from '../support/fresh-ledger.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { emptyTables } from '../support/play-receivers.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { sendAll } from '../support/send.ts'
import { type AnswerWebhook, openWebhookServer, type ReceivedWebhook } from '../support/webhook-server.ts'

const [secret, formerSecret] = [randomBytes(32), randomBytes(24)] as const
const asText = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`

/** Verifies the signature by the library that Standard Webhooks gives those who receive, and by an HMAC of Node's own. */
function verified({ headers, body }: ReceivedWebhook, key: Buffer = secret) {
  const message = new Verifier(asText(key)).verify(body, headers as Record<string, string>)
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const own = createHmac('sha256', key).update(signed).digest('base64')
  expect(String(headers['webhook-signature']).split(' ')).toContain(`v1,${own}`)
  return message as { readonly type: string; readonly data: Readonly<Record<string, unknown>> }
}

let ledger: TestLedger
beforeAll(async () => {
  ledger = await freshLedger()
})
afterAll(() => ledger[Symbol.asyncDispose]())
beforeEach(async () => {
  await clientOf(ledger.database).query(emptyTables)
  await clientOf(ledger.database).query(emptyBudgets)
})

const budgets = [
  { name: 'tokens-of-all', per: 'tenant', period: 'month', tokens: 15 },
  { name: 'far-away', per: 'model', period: 'day', usd: 1_000_000 },
]

function settingsWith(url: string): Settings {
  return {
    SPANLEDGER_BUDGETS: JSON.stringify(budgets),
    SPANLEDGER_BUDGET_WEBHOOK_URL: url,
    SPANLEDGER_BUDGET_WEBHOOK_SECRET: `${asText(secret)},${asText(formerSecret)}`,
  }
}

async function deliveries(): Promise<object[]> {
  const { rows } = await clientOf(ledger.database).query(
    'select delivery, attempts, last_error from budget_alerts order by threshold',
  )
  return rows
}

describe('a receiver with budgets', () => {
  test('sends a signed webhook for each alert, once, through several receivers and duplicates', async () => {
    await using hooks = await openWebhookServer()
    const run = tracesRequest(smallRun('wf-hook'))
    const log: string[] = []
    {
      await using one = await openTestReceiver(ledger.url, settingsWith(hooks.url))
      await using other = await openTestReceiver(ledger.url, settingsWith(hooks.url))
      await sendAll([run, run, run], [one.http, other.http])
      await hooks.came(2)
      const metrics = await (await fetch(`${one.http}/metrics`)).text()
      expect(metrics).toMatch(/spanledger_budget_check_seconds_count [1-9]/)
      expect(metrics).toMatch(/spanledger_budget_alerts_total\{budget="far-away",threshold="100",change="reached"\} 0/)
      log.push(...one.log, ...other.log)
    }
    expect(hooks.received).toHaveLength(2)
    const messages = hooks.received.map((one) => verified(one))
    expect(messages.map(({ type, data }) => [type, data.threshold_percent]).sort()).toEqual([
      ['budget.reached', 100],
      ['budget.reached', 80],
    ])
    expect(messages[0]!.data).toMatchObject({
      budget: 'tokens-of-all',
      tenant: 'default',
      per: 'tenant',
      value: 'default',
    })
    expect(messages[0]!.data).toMatchObject({ limit_tokens: '15', spent_tokens: '15', period: 'month' })
    for (const one of hooks.received) verified(one, formerSecret)
    expect(() => verified(hooks.received[0]!, randomBytes(32))).toThrow()
    expect(await deliveries()).toEqual([
      { delivery: 'sent', attempts: 1, last_error: null },
      { delivery: 'sent', attempts: 1, last_error: null },
    ])
    const { rows } = await ledger.client.query(snippet('budget alerts'))
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ budget: 'tokens-of-all', value: 'default' })
    const alertLines = log.filter((line) => line.includes('a budget alert'))
    expect(alertLines).toHaveLength(2)
    for (const text of [secret.toString('base64'), formerSecret.toString('base64'), 'secret-path'])
      expect(log.join()).not.toContain(text)
  })

  test('another one sends, with the same id, what a killed one has not', async () => {
    await using silent = await openWebhookServer(() => null)
    await using hooks = await openWebhookServer()
    {
      await using killed = await spawnReceiver(ledger.url, settingsWith(silent.url))
      await sendAll([tracesRequest(smallRun('wf-killed'))], [killed.http])
      await silent.came(2)
      killed.process.kill('SIGKILL')
      await killed.exited
    }
    expect(await deliveries()).toMatchObject([{ delivery: 'pending' }, { delivery: 'pending' }])
    // what the killed one had begun is its own for a minute
    await clientOf(ledger.database).query('update budget_alerts set next_attempt_at = now()')
    await using _ = await openTestReceiver(ledger.url, settingsWith(hooks.url))
    await hooks.came(2)
    const ids = (all: readonly ReceivedWebhook[]) => all.map(({ headers }) => headers['webhook-id']).sort()
    expect(ids(hooks.received)).toEqual(ids(silent.received))
    for (const one of hooks.received) verified(one)
  })

  test('that is stopped at once after a commit checks it before it ends', async () => {
    await using hooks = await openWebhookServer()
    {
      await using receiver = await openTestReceiver(ledger.url, settingsWith(hooks.url))
      await sendAll([tracesRequest(smallRun('wf-stopped'))], [receiver.http])
    }
    expect(await deliveries()).toHaveLength(2)
  })
})

describe('the delivery of a webhook', () => {
  async function addAlert(): Promise<void> {
    await clientOf(ledger.database).query(`
      insert into budget_alerts values (gen_random_uuid(), 'b', 'user', 'ada', 'day', '2026-11-29', 80, 1000000000, null,
        800000000, 7, now(), null, 1, 'pending', 0, now(), null, null)`)
  }

  async function deliver(answer: AnswerWebhook, count: number, pauses = [0.02, 0.02]) {
    await addAlert()
    await using hooks = await openWebhookServer(answer)
    const outcomes: [WebhookOutcome, string][] = []
    await using delivery = openDelivery({
      databaseOf: () => ledger.database,
      webhook: { url: hooks.url, secrets: [secret] },
      onAttempt: (...outcome) => void outcomes.push(outcome),
      pauses,
    })
    delivery.start('')
    while (outcomes.length < count) await sleep(5)
    return { received: hooks.received, outcomes, rows: await deliveries() }
  }

  test('is tried again until it is taken, with the same id and body and a new time', async () => {
    const { received, outcomes, rows } = await deliver((number) => [number < 2 ? 500 : 200], 3)
    expect(outcomes).toEqual([
      ['retried', 'status 500'],
      ['retried', 'status 500'],
      ['sent', ''],
    ])
    expect(new Set(received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1)
    expect(verified(received[2]!).data).toMatchObject({
      limit_usd: '1',
      spent_usd: '0.8',
      spent_tokens: '7',
      value: 'ada',
    })
    expect(rows).toEqual([{ delivery: 'sent', attempts: 3, last_error: null }])
  })

  test('is given up after the last attempt, and keeps the status alone', async () => {
    const { outcomes, rows } = await deliver(() => [503], 3)
    expect(outcomes.at(-1)).toEqual(['failed', 'status 503'])
    expect(rows).toEqual([{ delivery: 'failed', attempts: 3, last_error: 'status 503' }])
    await ledger.client.query(snippet('send again'))
    expect(await deliveries()).toMatchObject([{ delivery: 'pending', attempts: 0 }])
  })

  test('ends at once where the other side says 410', async () => {
    const { received, rows } = await deliver(() => [410], 1)
    expect(received).toHaveLength(1)
    expect(rows).toEqual([{ delivery: 'failed', attempts: 1, last_error: 'status 410' }])
  })

  test('follows no redirect', async () => {
    await using elsewhere = await openWebhookServer()
    const { outcomes } = await deliver(() => [307, { location: elsewhere.url }], 1)
    expect(outcomes[0]).toEqual(['retried', 'status 307'])
    expect(elsewhere.received).toEqual([])
  })

  test('waits as long as the other side asks for', async () => {
    const { rows } = await deliver(() => [429, { 'retry-after': '1800' }], 1)
    expect(rows).toMatchObject([{ delivery: 'pending', last_error: 'status 429' }])
    const [row] = (
      await clientOf(ledger.database).query<{ s: number }>(
        'select extract(epoch from next_attempt_at - now())::int as s from budget_alerts',
      )
    ).rows
    expect(row!.s).toBeGreaterThan(1700)
  })

  test('says the code of an error of the network, without the address', async () => {
    await addAlert()
    const hooks = await openWebhookServer()
    await hooks[Symbol.asyncDispose]()
    const outcome = await new Promise((resolve) => {
      const delivery = openDelivery({
        databaseOf: () => ledger.database,
        webhook: { url: hooks.url, secrets: [secret] },
        onAttempt: async (...attempt) => {
          await delivery[Symbol.asyncDispose]()
          resolve(attempt)
        },
      })
      delivery.start('')
    })
    expect(outcome).toEqual(['retried', 'ECONNREFUSED'])
  })
})

test('the signature is that of the specification', () => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const { 'webhook-signature': signature } = signedHeaders(message, [key], 1614265330)
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  const own = createHmac('sha256', key).update(`${message.id}.1614265330.${message.body}`).digest('base64')
  expect(signature).toBe(`v1,${own}`)
})
