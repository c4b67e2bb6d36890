import { X509Certificate } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { makeCa, writeFiles } from '../support/certificates.ts'

/** What the bridges serve TLS with and ask tokens by: files, which change while senders go on. */
export interface Security {
  /** The settings of a bridge. */
  readonly settings: Readonly<Record<string, string>>
  /** The certificate authority that senders trust. */
  readonly ca: string
  /** Returns the token that senders show. */
  token(): string
  /** Replaces the certificate, and its key after a pause in which they don't fit. Returns the new certificate's fingerprint. */
  renewCertificate(pauseMs: number): Promise<string>
  /** How many files of the certificate were replaced: an odd number while the certificate and the key don't fit. */
  replacements(): number
  /** Adds a token to the file, where the one that senders show stays. Returns the new one. */
  addToken(): string
  /** Has senders show a token from now on. */
  useToken(token: string): void
}

/** So many tokens are in the file: what was sent with an older one has been answered. */
const mostTokens = 3
const endMs = Date.now() + 90 * 86_400_000

/** Makes the files in a folder. */
export function openSecurity(folder: string): Security {
  const ca = makeCa()
  const issue = () => ca.issue(['127.0.0.1', 'localhost'], endMs)
  const tokens = [newTokenText()]
  let current = tokens[0]!
  let replacements = 0
  const tokensFile = () => {
    const entries = tokens
      .slice(-mostTokens)
      .map((token) => ({ id: tokenHash(token).slice(0, 8), hash: tokenHash(token) }))
    return { 'tokens.yaml': JSON.stringify({ tokens: entries }) }
  }
  const { cert, key } = issue()
  const files = writeFiles(folder, { 'own.crt': cert, 'own.key': key, ...tokensFile() })
  return {
    settings: {
      SPANLEDGER_TLS_CERT_FILE: files['own.crt']!,
      SPANLEDGER_TLS_KEY_FILE: files['own.key']!,
      SPANLEDGER_TOKENS: files['tokens.yaml']!,
    },
    ca: ca.cert,
    token: () => current,
    async renewCertificate(pauseMs) {
      const next = issue()
      replacements++
      writeFiles(folder, { 'own.crt': next.cert })
      await pause(pauseMs)
      writeFiles(folder, { 'own.key': next.key })
      replacements++
      return new X509Certificate(next.cert).fingerprint256
    },
    replacements: () => replacements,
    addToken() {
      const token = newTokenText()
      tokens.push(token)
      writeFiles(folder, tokensFile())
      return token
    },
    useToken: (token) => {
      current = token
    },
  }
}
