/** What a request carries, and how it is written. */
export type Signal = 'traces' | 'logs'
export type Format = 'protobuf' | 'json'

/** One OTLP request as it leaves this room: already decompressed, not yet decoded. */
export interface ExportRequest {
  readonly signal: Signal
  readonly format: Format
  readonly body: Uint8Array
  /** What the sender's credential stands for; '' is the default tenant. */
  readonly tenant: string
}

/**
 * What the sender is told of a request that is committed. `rejected` counts the spans or records that were refused for
 * good; `message` says which and why, in English. 0 and '' is the full success; 0 with a message is a warning (R48, R49).
 */
export interface Receipt {
  readonly rejected: number
  readonly message: string
}

/**
 * The rest of the house, as this room sees it. Resolves only after COMMIT. Throws the kinds of SpanledgerError; whatever
 * else it throws is taken for a fault that passes, so that the sender keeps its data (R54).
 */
export type Receive = (request: ExportRequest) => Promise<Receipt>

/** The tenant of a request, told by its headers (names in lower case) before its body is read (R29). Throws as Receive does. */
export type TenantOf = (header: (name: string) => string | undefined) => string
