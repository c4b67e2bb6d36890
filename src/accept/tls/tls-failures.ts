import type { Server } from 'node:tls'
import { clearText, type PortFor } from '../wrong-protocol.ts'

/** The milliseconds from the first byte of a handshake to its end. */
export const handshakeTimeout = 10_000

/** The reasons that operators can do something about, by the code of the error. */
const reasons: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the sender has sent no client certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the sender does not trust this receiver's certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the sender does not take this receiver's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the sender does not take this receiver's certificate",
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the sender speaks an older version of TLS than tls_min_version',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the handshake has taken too long',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the client certificate is of no CA in tls_client_ca_file',
  SELF_SIGNED_CERT_IN_CHAIN: 'the client certificate is of no CA in tls_client_ca_file',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the client certificate is of no CA in tls_client_ca_file',
  CERT_HAS_EXPIRED: 'the client certificate has expired',
}

/** Reports connections that end in the handshake: their senders learn little more than that. One that just ends is a probe. */
export function reportTlsFailures(port: PortFor, server: Server, onFailed: (why: string) => void): void {
  server.on('tlsClientError', ({ code = '' }: NodeJS.ErrnoException) => {
    if (code === 'ERR_SSL_HTTP_REQUEST') return onFailed(clearText(port))
    if (code === 'ECONNRESET' || code === 'EPIPE') return
    onFailed(`TLS with ${port} fails: ${reasons[code] ?? code}.`)
  })
}
