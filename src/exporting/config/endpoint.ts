import type { ExporterSettings } from './settings.ts'

/** The PostgreSQL server that an exporter writes to. */
export interface DatabaseEndpoint {
  readonly host: string
  readonly port: number
  /** '' where the settings don't name it. */
  readonly database: string
}

/**
 * The server that the settings name; undefined for an embedded database and for a socket of the file system. Defaults
 * are those of PostgreSQL's clients.
 */
export function endpointOf(
  { connectionString, pool, database }: ExporterSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DatabaseEndpoint | undefined {
  if (database !== undefined) return undefined
  const named = connectionString === undefined ? pool?.options : partsOf(connectionString)
  const host = named?.host || env.PGHOST || 'localhost'
  if (host.startsWith('/')) return undefined
  const port = named?.port || Number(env.PGPORT) || 5432
  return { host, port, database: named?.database || env.PGDATABASE || '' }
}

function partsOf(connectionString: string): { host: string; port: number; database: string } | undefined {
  if (!URL.canParse(connectionString)) return undefined
  const { hostname, port, pathname } = new URL(connectionString)
  return { host: decodeURIComponent(hostname), port: Number(port), database: decodeURIComponent(pathname.slice(1)) }
}
