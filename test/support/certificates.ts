import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** A certificate with its key, in PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority that lives as long as its test. */
export interface TestCa {
  readonly cert: string
  /** Signs a certificate with these names: URIs, IPv4 addresses or DNS names. `endMs`: when it ends. */
  issue(names: readonly string[], endMs?: number): TestCertificate
}

/** Makes a certificate authority. */
export function makeCa(name = 'ca of a test'): TestCa {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const isCa = extension(basicConstraints, sequence(tlv(0x01, Buffer.of(0xff))), true)
  const issuer = { name, key: privateKey }
  const cert = certificate({ issuer, subject: name, publicKey, extensions: [isCa], endMs: Date.now() + dayMs })
  return {
    cert,
    issue(names, endMs = Date.now() + dayMs) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const extensions = [extension(subjectAltName, sequence(...names.map(generalName)))]
      return {
        cert: certificate({ issuer, subject: names[0] ?? '', publicKey: pair.publicKey, extensions, endMs }),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }
    },
  }
}

/** Writes files into a folder, each replaced as a whole, and returns their paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const paths = Object.entries(files).map(([name, text]) => {
    const file = path.join(folder, name)
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return [name, file]
  })
  return Object.fromEntries(paths)
}

const dayMs = 86_400_000

interface ToSign {
  readonly issuer: { readonly name: string; readonly key: KeyObject }
  readonly subject: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
  readonly endMs: number
}

/** A certificate of X.509, version 3 (RFC 5280, section 4.1), signed by ECDSA with SHA-256. */
function certificate({ issuer, subject, publicKey, extensions, endMs }: ToSign): string {
  const signed = sequence(
    tlv(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    sequence(ecdsaWithSha256),
    nameOf(issuer.name),
    sequence(time(Date.now() - 2 * dayMs), time(endMs)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', signed, issuer.key)
  const der = sequence(signed, sequence(ecdsaWithSha256), tlv(0x03, Buffer.of(0), signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const ecdsaWithSha256 = oid('2a8648ce3d040302')
const commonName = oid('550403')
const subjectAltName = oid('551d11')
const basicConstraints = oid('551d13')

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}

function extension(id: Buffer, value: Buffer, isCritical = false): Buffer {
  return sequence(id, ...(isCritical ? [tlv(0x01, Buffer.of(0xff))] : []), tlv(0x04, value))
}

function generalName(name: string): Buffer {
  if (name.includes('://')) return tlv(0x86, Buffer.from(name))
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return tlv(0x87, Buffer.from(name.split('.').map(Number)))
  return tlv(0x82, Buffer.from(name))
}

function nameOf(text: string): Buffer {
  return sequence(tlv(0x31, sequence(commonName, tlv(0x0c, Buffer.from(text)))))
}

function time(timeMs: number): Buffer {
  const digits = new Date(timeMs).toISOString().replace(/\D/g, '').slice(2, 14)
  return tlv(0x17, Buffer.from(`${digits}Z`))
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes)
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts)
}

/** A tag, a length and a value, as DER has them. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts)
  const { length } = value
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, Math.floor(length / 256), length % 256]
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), value])
}
