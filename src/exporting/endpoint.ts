import type { ExporterSettings } from './settings.ts'

/** The server that an exporter writes to, as far as its settings tell. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** '' where nothing tells it. */
  readonly database: string
}

/** undefined: an embedded database, or a socket of the file system. Defaults are those of PostgreSQL's clients. */
export function endpointOf(
  { connectionString, pool, database }: ExporterSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Endpoint | undefined {
  if (database !== undefined) return undefined
  const said = connectionString === undefined ? pool?.options : partsOf(connectionString)
  const host = said?.host || env.PGHOST || 'localhost'
  if (host.startsWith('/')) return undefined
  const port = said?.port || Number(env.PGPORT) || 5432
  return { host, port, database: said?.database || env.PGDATABASE || '' }
}

function partsOf(connectionString: string): { host: string; port: number; database: string } | undefined {
  if (!URL.canParse(connectionString)) return undefined
  const { hostname, port, pathname } = new URL(connectionString)
  return { host: decodeURIComponent(hostname), port: Number(port), database: decodeURIComponent(pathname.slice(1)) }
}
