/** POST /api/sql */
export interface SqlRequest {
  readonly sql: string
  /** 1 to 10,000; 1,000 by default. */
  readonly limit?: number
}

/** The answer to SqlRequest: texts as PostgreSQL writes them. */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly more: boolean
  readonly took_ms: number
}
