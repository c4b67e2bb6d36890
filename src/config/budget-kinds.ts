import * as z from 'zod'
import { type Budget, budgetDimensions, type Limit } from '../budgets/budget.ts'
import { exactUsd } from '../columns.ts'
import { tenantNameFault } from '../store/tenants/tenant-name.ts'
import { commaSeparated, parsedJson, textOr, type ValueKind } from './value-kinds.ts'

const mostBudgets = 200
/** 9 million dollars and all whole tokens up to here are exact numbers of JavaScript, and their nano-dollars fit BIGINT. */
const mostUsd = 9_000_000

const defaultTenant = 'default'

const shape = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower case letters, digits, _ and -, at most 63'),
    per: z.enum(budgetDimensions),
    only: z.array(z.string().min(1)).min(1).exactOptional(),
    tenants: z
      .array(z.string().refine((name) => name === defaultTenant || tenantNameFault(name) === undefined))
      .min(1)
      .exactOptional(),
    period: z.enum(['day', 'month']),
    usd: z.number().positive().max(mostUsd).exactOptional(),
    tokens: z.int().positive().exactOptional(),
  })
  .refine(({ usd, tokens }) => (usd === undefined) !== (tokens === undefined), 'either usd or tokens')
  .refine(({ usd }) => usd === undefined || nanoOf(usd) > 0n, 'usd is less than 0.000000001')
  .refine(({ per, only }) => per !== 'tenant' || only === undefined, 'tenants, and not only, names tenants')
  .transform(
    ({ name, per, only = [], tenants = [], period, usd, tokens }): Budget => ({
      ...{ name, per, only, period },
      tenants: tenants.map((tenant) => (tenant === defaultTenant ? '' : tenant)),
      limit: usd === undefined ? { unit: 'tokens', amount: BigInt(tokens!) } : { unit: 'usd', amount: nanoOf(usd) },
    }),
  )

/** Whole nano-dollars: `toFixed` writes the shortest decimal's digits, where a product would be off by some. */
function nanoOf(usd: number): bigint {
  return BigInt(usd.toFixed(9).replace('.', ''))
}

/** Budgets, each with a name of its own. */
export function budgets(): ValueKind<readonly Budget[]> {
  return {
    allowed: `a list or JSON: [{"name": "each-user", "per": "user", "period": "day", "usd": 5}], of at most ${mostBudgets} budgets with different names; per: ${budgetDimensions.join(', ')}; period: day, month (UTC); usd: more than 0, to ${mostUsd}, or tokens: a whole number; only: the values that are limited, all without it; tenants: names, ${defaultTenant} for the default tenant, all without it`,
    schema: textOr(
      parsedJson,
      z
        .array(shape)
        .max(mostBudgets)
        .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
          path: ['name'],
          message: 'two budgets have the same name',
        }),
    ),
    shown: (all) => all.map(shownBudget),
  }
}

function shownBudget({ name, per, only, tenants, period, limit }: Budget): object {
  return {
    ...{ name, per },
    ...(only.length > 0 && { only }),
    ...(tenants.length > 0 && { tenants: tenants.map((tenant) => tenant || defaultTenant) }),
    period,
    ...shownLimit(limit),
  }
}

function shownLimit({ unit, amount }: Limit): object {
  return unit === 'usd' ? { usd: Number(exactUsd(amount)) } : { tokens: Number(amount) }
}

/** The address of webhooks. Its path may be a secret, so only its origin is shown. */
export function webhookUrl(): ValueKind<string | null> {
  return {
    allowed: 'a URL http://… or https://… without a user and password',
    schema: z
      .string()
      .refine((text) => text === '' || isWebhookUrl(text))
      .transform((text) => text || null),
    shown: (url) => (url === null ? null : `${new URL(url).origin}/…`),
  }
}

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

/** The keys that sign webhooks, in base64, as Standard Webhooks writes them after `whsec_`. */
export function webhookSecrets(): ValueKind<readonly string[]> {
  const secret = z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/)
    .transform((text) => text.slice('whsec_'.length))
    .refine((text) => bytesIn(text) >= 24 && bytesIn(text) <= 64)
  return {
    allowed:
      'whsec_ and 24 to 64 random bytes in base64, as `echo whsec_$(openssl rand -base64 32)` makes them; while it is replaced, the new and the old one separated by a comma',
    schema: textOr(commaSeparated, z.array(secret).max(3)),
    shown: (secrets) => (secrets.length === 0 ? null : '(not shown)'),
  }
}

function bytesIn(base64: string): number {
  return Buffer.from(base64, 'base64').length
}
