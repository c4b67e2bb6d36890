import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { makeCa, type TestCertificate, writeFiles } from '../support/certificates.ts'

/** What the bridges serve TLS with and ask tokens by: files, which change while senders go on. */
export interface Security {
  /** The settings of a bridge. */
  readonly settings: Readonly<Record<string, string>>
  /** The certificate authority that senders trust. */
  readonly ca: string
  /** The certificate that senders show. */
  readonly client: TestCertificate
  /** Returns the token, or the JWT, that senders show. */
  token(): string
  /** Replaces the certificate, and its key after a pause in which they don't fit. Returns the new certificate's fingerprint. */
  renewCertificate(pauseMs: number): Promise<string>
  /** How many files of the certificate were replaced: an odd number while the certificate and the key don't fit. */
  replacements(): number
  /** Adds a token to the file, where the one that senders show stays. Returns the new one. */
  addToken(): string
  /** Adds a key to those of the issuer of JWTs, and returns a JWT that is signed by it. */
  addKey(): Promise<string>
  /** Replaces one of the two authorities whose certificates are let in; not that of senders. Returns a certificate of the new one. */
  changeClientCas(): TestCertificate
  /** Has senders show a token or JWT from now on. */
  useToken(token: string): void
}

/** So many tokens, and keys, are in their file: what was sent with an older one has been answered. */
const mostTokens = 3
const issuer = 'https://login.example/'
const audience = 'spanledger'
const endMs = Date.now() + 90 * 86_400_000

/** Makes the files in a folder. */
export function openSecurity(folder: string): Security {
  const [ca, clients] = [makeCa(), makeCa('clients')]
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
  const keys: object[] = []
  const newKey = () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const kid = String(keys.length)
    keys.push({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' })
    return { kid, privateKey }
  }
  const keysFile = () => ({ 'keys.json': JSON.stringify({ keys: keys.slice(-mostTokens) }) })
  newKey()
  const { cert, key } = issue()
  const files = writeFiles(folder, {
    'own.crt': cert,
    'own.key': key,
    'clients.crt': clients.cert,
    ...keysFile(),
    ...tokensFile(),
  })
  return {
    settings: {
      SPANLEDGER_TLS_CERT_FILE: files['own.crt']!,
      SPANLEDGER_TLS_KEY_FILE: files['own.key']!,
      SPANLEDGER_TLS_CLIENT_CA_FILE: files['clients.crt']!,
      SPANLEDGER_TOKENS: files['tokens.yaml']!,
      SPANLEDGER_JWT: JSON.stringify({ issuer, audience, keys: files['keys.json'], algorithms: ['ES256'] }),
    },
    ca: ca.cert,
    client: clients.issue(['sender.example'], endMs),
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
    async addKey() {
      const { kid, privateKey } = newKey()
      writeFiles(folder, keysFile())
      const jwt = new SignJWT({ iss: issuer, aud: audience, exp: Math.floor(endMs / 1000) })
      return jwt.setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
    },
    changeClientCas() {
      const next = makeCa('further clients')
      writeFiles(folder, { 'clients.crt': `${clients.cert}${next.cert}` })
      return next.issue(['further.example'], endMs)
    },
    useToken: (token) => {
      current = token
    },
  }
}
