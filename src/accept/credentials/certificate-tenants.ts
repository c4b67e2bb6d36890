import type { TLSSocket } from 'node:tls'
import { Denied } from '../answers/denied.ts'
import type { Identity, Scope } from './identity.ts'

/** The scopes of a client certificate: what must do more has a token. */
const scopes: readonly Scope[] = ['send']

/**
 * The tenant that a client certificate names by one of its names (SAN): a URI such as SPIFFE's, or a DNS name. Without
 * `tenants` each certificate that the CA has signed is one of the default tenant. undefined for a certificate that no
 * tenant is known for. Throws `Denied` for one that is of two tenants.
 */
export function identityOfCertificate(
  names: readonly string[],
  tenants: Readonly<Record<string, string>>,
): Identity | undefined {
  if (Object.keys(tenants).length === 0) return { tenant: '', scopes }
  const found = new Set(names.filter((name) => Object.hasOwn(tenants, name)).map((name) => tenants[name]!))
  if (found.size > 1) throw new Denied('forbidden', 'The client certificate has names of several tenants.')
  const [tenant] = found
  return tenant === undefined ? undefined : { tenant, scopes }
}

/** The URIs and DNS names in the certificate of a TLS connection's client; null where it has sent none. */
export function namesInCertificate(socket: TLSSocket): readonly string[] | null {
  const { subjectaltname } = socket.authorized ? socket.getPeerCertificate() : {}
  if (subjectaltname === undefined) return socket.authorized ? [] : null
  return namesIn(subjectaltname)
}

/**
 * The URIs and DNS names in the text that Node makes of a SAN. A name with a comma or a quote in it is quoted there as
 * JSON, so that it can't be read as two.
 */
export function namesIn(subjectaltname: string): string[] {
  const entries = subjectaltname.matchAll(/([\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)
  return [...entries]
    .filter(([, kind]) => kind === 'URI' || kind === 'DNS')
    .map(([, , value = '']) => (value.startsWith('"') ? (JSON.parse(value) as string) : value))
}
