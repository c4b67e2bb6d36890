import type { Refusal } from './answers/answers.ts'
import type { Receive, Signal } from './answers/receipt.ts'
import type { BodyLimits } from './body/body-buffer.ts'
import { type Authenticate, authenticateEveryone } from './credentials/identity.ts'
import type { ListenAddress } from './listening.ts'
import type { ServedTls } from './tls/served-tls.ts'

/** What a request was answered: `ok`, `partial_success`, or why it was not taken. */
export interface Answered {
  readonly signal: Signal | 'metrics'
  readonly transport: 'http' | 'grpc'
  readonly answer: 'ok' | 'partial_success' | Refusal
}

/** The options of both servers, OTLP/HTTP and OTLP/gRPC. Times are milliseconds. */
export interface ServerOptions extends ListenAddress, BodyLimits {
  readonly receive: Receive
  /** Called for each request whose content is accepted and thrown away. */
  readonly onDiscarded: (signal: 'metrics') => void
  /** Called with an error that no room throws on purpose: a bug. The sender is asked to try again. */
  readonly onUnexpected: (error: unknown) => void
  /** Called for each request that is refused for good, with the message that its sender gets. */
  readonly onRefused: (why: string) => void
  /** Called for each answered request of a known path. */
  readonly onAnswered?: (answered: Answered) => void
  /** Called for each request before its body is read; by default everyone is the default tenant. */
  readonly authenticate?: Authenticate
  /** Called for each connection whose handshake fails, with the reason. */
  readonly onTlsFailed?: (why: string) => void
  /** The TLS that is served; without it clear text. */
  readonly tls?: Pick<ServedTls, 'current' | 'follow'> | null
  /** From the end of a body or message to the answer (R42). */
  readonly answerTimeoutMs?: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs?: number
  /** How long a refused sender may go on sending before its connection is closed (R36). */
  readonly lingerMs?: number
  /** From `stop` to the end by force. */
  readonly shutdownTimeoutMs?: number
}

/** Options of which only these may be absent. */
export type Complete<Options, Optional extends keyof Options> = Required<Omit<Options, Optional>> &
  Pick<Options, Optional>

/** The defaults of both servers. */
export const serverDefaults: Required<
  Pick<
    ServerOptions,
    | 'onAnswered'
    | 'authenticate'
    | 'onTlsFailed'
    | 'tls'
    | 'answerTimeoutMs'
    | 'requestTimeoutMs'
    | 'lingerMs'
    | 'shutdownTimeoutMs'
  >
> = {
  onAnswered: () => {},
  authenticate: authenticateEveryone,
  onTlsFailed: () => {},
  tls: null,
  answerTimeoutMs: 4000,
  requestTimeoutMs: 120_000,
  lingerMs: 5000,
  shutdownTimeoutMs: 10_000,
}
