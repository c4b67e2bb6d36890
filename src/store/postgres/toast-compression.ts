import type pg from 'pg'

/**
 * Has long values compressed by lz4 in columns that name no compression, where the server was built with it: PostgreSQL's
 * own pglz takes ten times the CPU, which for long prompts is most of what their rows cost the server.
 */
export interface ToastCompression {
  /** Returns the SQL that a transaction begins with, after its first statement. */
  begin(client: pg.PoolClient): string
  /** Reads the answers to the first statements of a transaction. */
  begun(client: pg.PoolClient, answers: pg.QueryResult | readonly pg.QueryResult[]): void
}

/** Each connection is asked once: after a failover, it may be one to another server. */
export function openToastCompression(): ToastCompression {
  const hasLz4 = new WeakMap<pg.PoolClient, boolean>()
  return {
    begin(client) {
      const has = hasLz4.get(client)
      if (has === undefined) return `select exists (${lz4}) as has_lz4; `
      return has ? 'set local default_toast_compression = lz4; ' : ''
    },
    begun(client, answers) {
      if (hasLz4.has(client) || !Array.isArray(answers)) return
      const row = answers.flatMap(({ rows }) => rows).find((one) => 'has_lz4' in one)
      if (row !== undefined) hasLz4.set(client, row.has_lz4)
    },
  }
}

/** PostgreSQL 13 has no such setting, and a server without lz4 doesn't offer it. */
const lz4 = `select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)`
