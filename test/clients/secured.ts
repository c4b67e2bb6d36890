import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { makeCa, writeFiles } from '../support/certificates.ts'
import type { Settings } from '../support/command.ts'

/** What a receiver needs to speak TLS and to ask for a token, and what a sender needs to send to it. */
export interface Secured extends Disposable {
  readonly folder: string
  /** The token, as senders show it. */
  readonly token: string
  readonly settings: Settings
  /** OpenTelemetry's own variables. */
  readonly env: Readonly<Record<string, string>>
}

/** Makes a certificate and a token, in a folder that goes when this is disposed of. */
export function secure(): Secured {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-client-'))
  const ca = makeCa()
  const { cert, key } = ca.issue(['127.0.0.1', 'localhost'])
  const token = newTokenText()
  const tokens = JSON.stringify({ tokens: [{ id: 'app', hash: tokenHash(token) }] })
  const files = writeFiles(folder, { 'ca.crt': ca.cert, 'own.crt': cert, 'own.key': key, 'tokens.yaml': tokens })
  return {
    folder,
    token,
    settings: {
      SPANLEDGER_TLS_CERT_FILE: files['own.crt']!,
      SPANLEDGER_TLS_KEY_FILE: files['own.key']!,
      SPANLEDGER_TOKENS: files['tokens.yaml']!,
    },
    env: {
      OTEL_EXPORTER_OTLP_CERTIFICATE: files['ca.crt']!,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
