import type { Scope } from '../../accept/credentials/identity.ts'

/** GET /api/meta */
export interface MetaAnswer {
  readonly version: string
  /** '' is the default tenant. */
  readonly tenant: string
  /** The tenants that this credential may read: one, since a credential is of one tenant. */
  readonly tenants: readonly string[]
  readonly scopes: readonly Scope[]
  readonly database: 'embedded' | 'postgresql'
  /** Whether rows are read from another server or by another role (`reader_database_url`). */
  readonly reader: boolean
  /** Whether senders must have a credential. */
  readonly credentials: boolean
  /** Where telemetry is sent: for the empty state. */
  readonly endpoints: { readonly http: string; readonly grpc: string }
  readonly has_runs: boolean
  /** The day of the price list, YYYY-MM-DD. */
  readonly prices_date: string
  /** The server's time. */
  readonly now: string
  /** Whether closing a run and sending refused spans again is possible here. */
  readonly can: { readonly retry: boolean; readonly close: boolean; readonly sql: boolean }
}

/** GET /api/schema: the tables that people read, for completion. */
export interface SchemaAnswer {
  readonly tables: readonly {
    readonly name: string
    readonly meaning: string
    readonly columns: readonly { readonly name: string; readonly type: string; readonly meaning: string }[]
  }[]
}
