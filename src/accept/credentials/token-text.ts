import { createHash, randomBytes } from 'node:crypto'

/** The beginning of every token, by which scanners for leaked secrets know one. */
const prefix = 'sl_'
const secretBytes = 32
const checksumCharacters = 6

/**
 * Makes the text of a token: `sl_`, 256 random bits and a checksum. It has letters, digits, `-` and `_` only, so that it
 * passes through environment variables, URLs and OTEL_EXPORTER_OTLP_HEADERS unchanged.
 */
export function newTokenText(): string {
  const secret = prefix + randomBytes(secretBytes).toString('base64url')
  return secret + checksumOf(secret)
}

/** Whether a credential is meant as a token. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(prefix)
}

/** Whether a text can be a token: one that was cut or mistyped has a wrong checksum, and needs no look-up. */
export function isTokenText(text: string): boolean {
  const secret = text.slice(0, -checksumCharacters)
  return /^sl_[\w-]{49}$/.test(text) && checksumOf(secret) === text.slice(secret.length)
}

/**
 * The hash by which a token is stored and found. A random text of 256 bits can't be guessed from its hash, so it needs
 * neither a salt nor a slow hash, as passwords do; looking it up by its hash takes no time that depends on the secret.
 */
export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function checksumOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, checksumCharacters)
}
