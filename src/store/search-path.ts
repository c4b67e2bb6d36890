/** The schema of the default tenant's books. */
const defaultSchema = 'spanledger'

/**
 * Returns the schema of a tenant's books. A tenant's facts are in the same schema, but for the default tenant ('') the
 * tables that people read are where the search_path of the role or of the connection has them.
 */
export function schemaOf(tenant: string): string {
  return tenant === '' ? defaultSchema : tenant
}

/** Returns a name as SQL quotes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Keeps, for this transaction, the search_path that the role or the connection has. */
const keptPath = 'spanledger.role_search_path'

/**
 * Returns the SQL that lets names without a schema mean a tenant's tables until the transaction ends. The default
 * tenant's books go before all else, because a database that is shared may have a `days` or `workflows` of its own; its
 * facts are found along the path of the role. Another tenant has nothing but its own schema: a table that is missing
 * there is missing, and never that of another tenant (law 8).
 */
export function searchPathSql(tenant: string): string {
  if (tenant !== '') return `set local search_path = ${quoted(schemaOf(tenant))}`
  const path = "current_setting('search_path')"
  return `select set_config('${keptPath}', ${path}, true), set_config('search_path', concat_ws(', ', '${defaultSchema}', nullif(${path}, '')), true)`
}

/**
 * Returns the SQL that lets tables be made where people look for them, after `searchPathSql` in the same transaction;
 * undefined for a tenant whose facts and books are in one schema.
 */
export function factsPathSql(tenant: string): string | undefined {
  return tenant === '' ? `select set_config('search_path', current_setting('${keptPath}'), true)` : undefined
}

/** Returns the SQL that undoes `factsPathSql`. */
export function booksPathSql(tenant: string): string | undefined {
  const kept = `current_setting('${keptPath}')`
  return tenant === ''
    ? `select set_config('search_path', concat_ws(', ', '${defaultSchema}', nullif(${kept}, '')), true)`
    : undefined
}
