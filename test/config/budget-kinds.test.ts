import { describe, expect, test } from 'vitest'
import { parseConfigFile } from '../../src/config/file.ts'
import { configure, shownValue } from '../../src/config/load.ts'
import { settings } from '../../src/config/settings.ts'
import { configOf } from '../support/config.ts'
import { snippet } from '../support/documents.ts'
import { wrongMessage } from './wrong.ts'

const budget = { name: 'each-user', per: 'user', period: 'day', usd: 5 }
const envOf = (...all: readonly object[]) => ({ SPANLEDGER_BUDGETS: JSON.stringify(all) })
const budgetsOf = (...all: readonly object[]) => configOf(envOf(...all)).budgets

describe('budgets', () => {
  test('are read with their limits in whole nano-dollars or tokens', () => {
    expect(budgetsOf({ ...budget, usd: 0.1 + 0.2 }, { ...budget, name: 'b', usd: undefined, tokens: 7 })).toEqual([
      {
        name: 'each-user',
        per: 'user',
        only: [],
        tenants: [],
        period: 'day',
        limit: { unit: 'usd', amount: 300_000_000n },
      },
      { name: 'b', per: 'user', only: [], tenants: [], period: 'day', limit: { unit: 'tokens', amount: 7n } },
    ])
  })

  test('of the documentation are allowed, and are shown as they were written', () => {
    const file = parseConfigFile('spanledger.yaml', snippet('budgets'))
    const { config } = configure({ file, env: {}, flags: {} })
    expect(config.budgets).toHaveLength(5)
    expect(config.budgets[2]).toMatchObject({ tenants: ['', 'acme'] })
    expect(shownValue(settings.budgets, config.budgets)).toEqual(file.entries.get('budgets')!.value)
    expect(shownValue(settings.budgetWebhookUrl, config.budgetWebhookUrl)).toBe('https://hooks.example.com/…')
    expect(shownValue(settings.budgetWebhookSecret, config.budgetWebhookSecret)).toBe('(not shown)')
  })

  test.each([
    ['a name that is no name', { name: 'Each User' }, '0.name'],
    ['another dimension', { per: 'team' }, '0.per'],
    ['another period', { period: 'week' }, '0.period'],
    ['no limit', { usd: undefined }, 'either usd or tokens'],
    ['two limits', { tokens: 5 }, 'either usd or tokens'],
    ['a limit of nothing', { usd: 0 }, '0.usd'],
    ['less than a nano-dollar', { usd: 1e-10 }, 'less than'],
    ['part of a token', { usd: undefined, tokens: 1.5 }, '0.tokens'],
    ['a key that there is not', { limit: 5 }, '"limit"'],
    ['a tenant that can be none', { tenants: ['Acme'] }, '0.tenants.0'],
    ['tenants in the wrong key', { per: 'tenant', only: ['acme'] }, 'tenants, and not only'],
  ])('with %s stop the start, and the message names the key and what is allowed', (_, change, where) => {
    const message = wrongMessage(envOf({ ...budget, ...change }))
    expect(message).toMatch(
      /^SPANLEDGER_BUDGETS can't be .* Allowed: a list or JSON: .*per: user, tenant, model, workflow_name; period: day, month/,
    )
    expect(message).toContain(where)
  })

  test('with one name for two stop the start', () => {
    expect(wrongMessage(envOf(budget, budget))).toContain('two budgets have the same name')
  })
})

describe('the webhook of budgets', () => {
  const webhook = {
    SPANLEDGER_BUDGETS: JSON.stringify([budget]),
    SPANLEDGER_BUDGET_WEBHOOK_URL: 'https://hooks.example.com/T0/secret',
    SPANLEDGER_BUDGET_WEBHOOK_SECRET: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  }

  test('has one key, or several while one is replaced', () => {
    expect(configOf(webhook).budgetWebhookSecret).toHaveLength(1)
    const two = `${webhook.SPANLEDGER_BUDGET_WEBHOOK_SECRET}, ${webhook.SPANLEDGER_BUDGET_WEBHOOK_SECRET}`
    expect(configOf({ ...webhook, SPANLEDGER_BUDGET_WEBHOOK_SECRET: two }).budgetWebhookSecret).toHaveLength(2)
  })

  test.each([
    ['SPANLEDGER_BUDGET_WEBHOOK_URL', 'ftp://hooks.example.com/T0/secret'],
    ['SPANLEDGER_BUDGET_WEBHOOK_URL', 'https://me:secret@hooks.example.com'],
    ['SPANLEDGER_BUDGET_WEBHOOK_SECRET', 'secret'],
    ['SPANLEDGER_BUDGET_WEBHOOK_SECRET', 'whsec_secret'],
  ])('can have no %s=%s, and the message tells no secret', (name, value) => {
    const message = wrongMessage({ ...webhook, [name]: value })
    expect(message).toMatch(new RegExp(`^${name} can't be "\\(not shown\\)"`))
    expect(message).not.toContain('T0')
    expect(message).not.toContain('me:')
  })

  test.each(Object.keys(webhook))('means nothing without %s', (name) => {
    expect(wrongMessage({ ...webhook, [name]: undefined })).toContain(`set without ${name}`)
  })
})
