/** The kind of items that a request carries. */
export type Signal = 'traces' | 'logs'

/** How a request is encoded. */
export type Format = 'protobuf' | 'json'

/** One OTLP request as the servers pass it on: decompressed, not yet decoded. */
export interface ExportRequest {
  readonly signal: Signal
  readonly format: Format
  readonly transport: 'http' | 'grpc'
  readonly body: Uint8Array
  /** The tenant that the sender's credential belongs to; '' is the default tenant. */
  readonly tenant: string
}

/**
 * The answer to a request that is committed. `rejected` counts the spans or records that were refused for good;
 * `message` names them with the reasons, in English. 0 and '' is the full success; 0 with a message is a warning (R48,
 * R49).
 */
export interface Receipt {
  readonly rejected: number
  readonly message: string
}

/** What is answered with a receipt, in a word. */
export function answerOf({ rejected }: Receipt): 'ok' | 'partial_success' {
  return rejected === 0 ? 'ok' : 'partial_success'
}

/**
 * Decodes and stores a request. Resolves only after COMMIT (law 1). May throw the kinds of SpanledgerError; any other
 * error counts as a fault that may pass, so that the sender keeps its data (R54).
 */
export type Receive = (request: ExportRequest) => Promise<Receipt>
