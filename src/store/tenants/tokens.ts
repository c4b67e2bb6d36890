import type { Database } from '../database.ts'
import { storeStatement } from '../statements.ts'

/** A row of the table of tokens. Times are milliseconds since 1970; null: none. */
export interface TokenRow {
  readonly id: string
  readonly name: string
  readonly tenant: string
  /** Words with spaces between them. */
  readonly scopes: string
  /** SHA-256 of the token, in hex. */
  readonly hash: string
  readonly notBeforeMs: number | null
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
  readonly createdAtMs: number
  readonly lastUsedAtMs: number | null
}

/** Lists all tokens. The database is that of the default tenant, as for all functions here. */
export function listTokens(database: Database): Promise<TokenRow[]> {
  return database.transaction((session) => session.query<TokenRow>(storeStatement('list_tokens')))
}

/** Adds a token. */
export async function addToken(
  database: Database,
  token: Omit<TokenRow, 'revokedAtMs' | 'createdAtMs' | 'lastUsedAtMs'>,
): Promise<void> {
  const { id, name, tenant, scopes, hash, notBeforeMs, expiresAtMs } = token
  const values = [id, name, tenant, scopes, hash, notBeforeMs, expiresAtMs]
  await database.transaction((session) => session.query(storeStatement('add_token'), values))
}

/** Revokes a token. Resolves to false where there is none with this id. */
export async function revokeToken(database: Database, id: string): Promise<boolean> {
  const revoked = await database.transaction((session) => session.query(storeStatement('revoke_token'), [id]))
  return revoked.length > 0
}

/** Remembers that tokens were used now. */
export async function markTokensUsed(database: Database, ids: readonly string[]): Promise<void> {
  await database.transaction((session) => session.query(storeStatement('mark_tokens_used'), [ids]))
}
