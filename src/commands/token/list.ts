import type { StoredToken } from '../../accept/credentials/token-list.ts'
import { readTokenFile } from '../../config/token-file.ts'
import { tokenOf } from '../../receiver/credentials.ts'
import { listTokens } from '../../store/tenants/tokens.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'
import { isInTable } from './create.ts'

/** A token, with the time at which it was last used; null where nothing is known of that. */
type ListedToken = StoredToken & { readonly lastUsedAtMs: number | null }

/** Lists the tokens of the table, or of the file. */
export async function run(input: CommandInput): Promise<undefined> {
  const { switches, write } = input
  const tokens = await tokensOf(input)
  if (switches.has('json')) return write(`${JSON.stringify(tokens.map(shown), null, 2)}\n`)
  if (tokens.length === 0) return write('There is no token.\n')
  write(
    textTable(
      ['id', 'name', 'tenant', 'scopes', 'state', 'last used'],
      tokens.map((token) => [
        token.id,
        token.name,
        token.tenant || '(default)',
        token.scopes.join(' '),
        stateOf(token, Date.now()),
        minute(token.lastUsedAtMs) ?? '',
      ]),
    ),
  )
}

async function tokensOf(input: CommandInput): Promise<ListedToken[]> {
  if (!isInTable(input.config))
    return (await readTokenFile(input.config.tokens)).map((token) => ({ ...token, lastUsedAtMs: null }))
  await using database = await openForReading(input, '')
  return (await listTokens(database)).map((row) => ({ ...tokenOf(row), lastUsedAtMs: row.lastUsedAtMs }))
}

function stateOf({ notBeforeMs, expiresAtMs, revokedAtMs }: ListedToken, nowMs: number): string {
  if (revokedAtMs !== null) return `revoked ${minute(revokedAtMs)}`
  if (expiresAtMs !== null) return `${expiresAtMs <= nowMs ? 'expired' : 'until'} ${minute(expiresAtMs)}`
  return notBeforeMs !== null && notBeforeMs > nowMs ? `from ${minute(notBeforeMs)}` : 'valid'
}

function shown(token: ListedToken): object {
  const { id, name, tenant, scopes, notBeforeMs, expiresAtMs, revokedAtMs, lastUsedAtMs } = token
  return {
    ...{ id, name, tenant, scopes },
    not_before: iso(notBeforeMs),
    expires_at: iso(expiresAtMs),
    revoked_at: iso(revokedAtMs),
    last_used_at: iso(lastUsedAtMs),
  }
}

function minute(timeMs: number | null): string | null {
  return timeMs === null ? null : `${new Date(timeMs).toISOString().slice(0, 16)}Z`
}

function iso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString()
}
