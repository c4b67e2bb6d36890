import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Misconfigured, messageOf } from '../../errors.ts'

/** The versions of TLS that can be the oldest one. */
export type TlsVersion = '1.2' | '1.3'

/** The files of a server's TLS, in PEM. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** null: clients need no certificate. */
  readonly clientCaFile: string | null
  readonly minVersion: TlsVersion
}

/**
 * All that makes a server's TLS. It is always given whole: what a change leaves out would fall back to Node's defaults,
 * and the trust of clients to all public CAs.
 */
export interface TlsContext {
  readonly cert: string
  readonly key: string
  readonly ca: string | undefined
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
}

/**
 * Reads and checks the files. Throws `Misconfigured` for a file that can't be read, that isn't what it must be, or a key
 * that isn't the certificate's: its message names the setting and the file, and holds nothing of what is in it.
 */
export function readTls({ certFile, keyFile, clientCaFile, minVersion }: TlsFiles): TlsContext {
  const cert = readPem('tls_cert_file', certFile, 'CERTIFICATE')
  const key = readPem('tls_key_file', keyFile, 'PRIVATE KEY')
  const ca = clientCaFile === null ? undefined : readPem('tls_client_ca_file', clientCaFile, 'CERTIFICATE')
  const context: TlsContext = {
    cert,
    key,
    ca,
    minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined,
  }
  if (ca !== undefined) checkParts('tls_client_ca_file', clientCaFile!, ca)
  checkParts('tls_cert_file', certFile, cert)
  try {
    createSecureContext(context)
  } catch (cause) {
    const isOther = (cause as NodeJS.ErrnoException).code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
    const why = isOther ? `isn't the key of the certificate in ${certFile}` : `can't be used: ${messageOf(cause)}`
    throw new Misconfigured(`tls_key_file: ${keyFile} ${why}.`, { cause })
  }
  return context
}

/** The time at which the certificate that is served ends, in milliseconds since 1970. */
export function certificateEndMs({ cert }: TlsContext): number {
  return Date.parse(new X509Certificate(cert).validTo)
}

function readPem(setting: string, file: string, label: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new Misconfigured(`${setting}: ${file} can't be read (${code}).`, { cause })
  }
  if (new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text)) return text
  throw new Misconfigured(`${setting}: ${file} has no "BEGIN ${label}" in it: it must be in PEM.`)
}

/** createSecureContext ignores a CA that it can't read, and the clients of it would be refused without a word. */
function checkParts(setting: string, file: string, pem: string): void {
  for (const part of pem.split(/(?=-----BEGIN )/).filter((one) => one.startsWith('-----BEGIN CERTIFICATE')))
    try {
      new X509Certificate(part)
    } catch (cause) {
      throw new Misconfigured(`${setting}: ${file} has a certificate in it that can't be read.`, { cause })
    }
}
