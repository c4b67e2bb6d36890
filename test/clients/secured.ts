import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { makeCa, writeFiles } from '../support/certificates.ts'
import type { Settings } from '../support/command.ts'

/** How a sender shows who it is, over TLS: by a token, by a certificate of its own, or by both. */
export type Shown = 'bearer token' | 'client certificate'

/** What a receiver needs to ask senders who they are, and what a sender needs to send to it. */
export interface Secured extends Disposable {
  readonly folder: string
  /** The token, as senders show it. */
  readonly token: string
  /** The paths of the files, by their names. */
  readonly files: Readonly<Record<string, string>>
  readonly settings: Settings
  /** OpenTelemetry's own variables. */
  readonly env: Readonly<Record<string, string>>
}

/** Makes certificates and a token, in a folder that goes when this is disposed of. */
export function secure(...shown: readonly Shown[]): Secured {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-client-'))
  const [servers, clients] = [makeCa('servers'), makeCa('clients')]
  const [own, client] = [servers.issue(['127.0.0.1', 'localhost']), clients.issue(['app.example'])]
  const token = newTokenText()
  const files = writeFiles(folder, {
    'servers.crt': servers.cert,
    'own.crt': own.cert,
    'own.key': own.key,
    'clients.crt': clients.cert,
    'client.crt': client.cert,
    'client.key': client.key,
    'tokens.yaml': JSON.stringify({ tokens: [{ id: 'app', hash: tokenHash(token) }] }),
  })
  const asked: Record<Shown, Settings> = {
    'bearer token': { SPANLEDGER_TOKENS: files['tokens.yaml']! },
    'client certificate': { SPANLEDGER_TLS_CLIENT_CA_FILE: files['clients.crt']! },
  }
  const variables: Record<Shown, Secured['env']> = {
    'bearer token': { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}` },
    'client certificate': {
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: files['client.crt']!,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: files['client.key']!,
    },
  }
  return {
    folder,
    token,
    files,
    settings: {
      SPANLEDGER_TLS_CERT_FILE: files['own.crt']!,
      SPANLEDGER_TLS_KEY_FILE: files['own.key']!,
      ...Object.assign({}, ...shown.map((one) => asked[one])),
    },
    env: Object.assign(
      { OTEL_EXPORTER_OTLP_CERTIFICATE: files['servers.crt']! },
      ...shown.map((one) => variables[one]),
    ),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
