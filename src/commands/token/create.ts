import { randomBytes } from 'node:crypto'
import { allScopes, type Scope } from '../../accept/credentials/identity.ts'
import { newTokenText, tokenHash } from '../../accept/credentials/token-text.ts'
import { settings } from '../../config/settings.ts'
import { openServers } from '../../databases.ts'
import { Misconfigured } from '../../errors.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'
import { databaseOf } from '../../store/tenants/tenant-servers.ts'
import { tenantsOf } from '../../store/tenants/tenants.ts'
import { addToken } from '../../store/tenants/tokens.ts'
import { escapedText } from '../../terminal-text.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting, tenantOption } from '../connect/open-database.ts'

/** A token that is made, with what is kept of it. Times are milliseconds since 1970. */
interface NewToken {
  readonly id: string
  readonly name: string
  readonly tenant: string
  readonly scopes: readonly Scope[]
  readonly hash: string
  readonly notBeforeMs: number | null
  readonly expiresAtMs: number | null
}

/** Makes a token, keeps its hash, and shows its text. Where tokens are in a file, it shows what to add to this file. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, args, switches, write } = input
  const text = newTokenText()
  const token: NewToken = {
    id: randomBytes(6).toString('hex'),
    name: args[0] ?? '',
    tenant: tenantOption(input),
    scopes: scopesIn(input),
    hash: tokenHash(text),
    notBeforeMs: timeIn(input, 'from'),
    expiresAtMs: timeIn(input, 'expires'),
  }
  if (isInTable(config)) await keep(input, token)
  if (switches.has('json')) return write(`${JSON.stringify(shown(token, text), null, 2)}\n`)
  write(
    [
      `The token ${token.id} of ${tenantText(token)} may ${token.scopes.join(' and ')}${endText(token)}. It is shown this once:`,
      '',
      `  ${text}`,
      '',
      `Senders: OTEL_EXPORTER_OTLP_HEADERS="x-api-key=${text}"`,
      isInTable(config) ? tableText(config) : `Add to ${config.tokens}:\n\n${entryText(token)}`,
      '',
    ].join('\n'),
  )
}

/** Whether tokens are in the table. Where receivers ask for none yet, the table is where they will be. */
export function isInTable({ tokens }: CommandInput['config']): boolean {
  return tokens === 'none' || tokens === 'table'
}

async function keep({ config }: CommandInput, token: NewToken): Promise<void> {
  await using servers = await openServers(config, onlyExisting(config))
  const database = databaseOf(servers, '')
  await checkMigrated(database)
  if (token.tenant !== '' && !(await tenantsOf(servers)).includes(token.tenant))
    throw new Misconfigured(`there is no tenant ${token.tenant}: \`spanledger tenant add ${token.tenant}\` makes it.`)
  await addToken(database, { ...token, scopes: token.scopes.join(' ') })
}

function scopesIn({ options }: CommandInput): readonly Scope[] {
  const [text = 'send'] = options.get('scopes') ?? []
  const words = text.split(',').map((word) => word.trim())
  const unknown = words.find((word) => !allScopes.some((scope) => scope === word))
  if (unknown !== undefined)
    throw new Misconfigured(`--scopes can't be ${JSON.stringify(text)}. Allowed: ${allScopes.join(', ')}, with commas.`)
  return allScopes.filter((scope) => words.includes(scope))
}

/** The time that an option says: so many days from now, or a date; null where it isn't given. */
function timeIn({ options }: CommandInput, name: 'from' | 'expires'): number | null {
  const [text] = options.get(name) ?? []
  if (text === undefined) return null
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  const timeMs = days === undefined ? Date.parse(text) : Date.now() + Number(days) * 86_400_000
  if (!Number.isNaN(timeMs) && timeMs > 0) return timeMs
  throw new Misconfigured(
    `--${name} can't be ${JSON.stringify(text)}. Allowed: days, as in 90d, or a time, as in 2027-03-01.`,
  )
}

function shown(token: NewToken, text: string): object {
  const { id, name, tenant, scopes, hash, notBeforeMs, expiresAtMs } = token
  return { id, token: text, name, hash, tenant, scopes, not_before: iso(notBeforeMs), expires_at: iso(expiresAtMs) }
}

/** The token as an entry of a file. JSON is YAML, and needs no rules for quoting. */
function entryText({ notBeforeMs, expiresAtMs, ...token }: NewToken): string {
  const times = {
    ...(notBeforeMs !== null && { not_before: iso(notBeforeMs) }),
    ...(expiresAtMs !== null && { expires_at: iso(expiresAtMs) }),
  }
  return `tokens:\n  - ${JSON.stringify({ ...token, ...times })}`
}

function tableText({ tokens }: CommandInput['config']): string {
  return tokens === 'table'
    ? 'Receivers know it at once.'
    : `Receivers ask for tokens with ${settings.tokens.key}=table.`
}

function tenantText({ tenant, name }: NewToken): string {
  return `${tenant === '' ? 'the default tenant' : `the tenant ${tenant}`}${name === '' ? '' : ` (${escapedText(name)})`}`
}

function endText({ notBeforeMs, expiresAtMs }: NewToken): string {
  return `${notBeforeMs === null ? '' : `, from ${iso(notBeforeMs)} on`}${expiresAtMs === null ? '' : `, until ${iso(expiresAtMs)}`}`
}

function iso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
