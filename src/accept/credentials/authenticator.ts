import { Denied } from '../answers/denied.ts'
import { identityOfCertificate } from './certificate-tenants.ts'
import { credentialIn } from './credential-header.ts'
import { openFailedAttempts } from './failed-attempts.ts'
import type { Authenticate, Identity, Presented } from './identity.ts'
import { identityOfToken, type StoredToken, type TokenList } from './token-list.ts'
import { isTokenText, looksLikeToken, tokenHash } from './token-text.ts'

/** The kinds of credentials that a receiver takes; at least one. */
export interface Accepted {
  readonly tokens: Pick<TokenList, 'find'> | null
  /** Verifies a JWT; throws as `Authenticate` does. */
  readonly jwt: ((text: string) => Promise<Identity>) | null
  /** Tenants by the names of client certificates; null where TLS asks for no certificate. */
  readonly certificates: Readonly<Record<string, string>> | null
  /** Called for each request with a token that is valid. */
  readonly onTokenUsed?: (token: StoredToken) => void
  /** Gives the error for one more wrong credential of an address. */
  readonly onWrong?: (address: string, failure: Denied) => Denied
}

/**
 * Authenticates senders by a token or a JWT in their headers, or by their client certificate. Where a request has both,
 * both must be of one tenant.
 */
export function openAuthenticator(accepted: Accepted): Authenticate {
  const onWrong = accepted.onWrong ?? openFailedAttempts()
  const counted = (error: unknown, { address }: Presented) =>
    error instanceof Denied && error.refusal === 'unauthenticated' ? onWrong(address, error) : error
  return (presented) => {
    try {
      const identity = identityOf(accepted, presented)
      if (!(identity instanceof Promise)) return identity
      return identity.catch((error: unknown) => {
        throw counted(error, presented)
      })
    } catch (error) {
      throw counted(error, presented)
    }
  }
}

function identityOf(accepted: Accepted, presented: Presented): Identity | Promise<Identity> {
  const certificate = certificateIdentity(accepted, presented)
  // headers that a sender has for another receiver mean nothing where certificates are all that is asked for
  const text = accepted.tokens === null && accepted.jwt === null ? null : credentialIn(presented.header)
  if (text === null) {
    if (certificate !== undefined) return certificate
    throw new Denied('unauthenticated', missingText(accepted))
  }
  const identity = byHeader(accepted, text)
  return identity instanceof Promise
    ? identity.then((found) => ofOneTenant(accepted, found, certificate))
    : ofOneTenant(accepted, identity, certificate)
}

function certificateIdentity({ certificates }: Accepted, presented: Presented): Identity | undefined {
  if (certificates === null) return undefined
  const names = presented.certificateNames()
  return names === null ? undefined : identityOfCertificate(names, certificates)
}

function byHeader({ tokens, jwt, onTokenUsed = () => {} }: Accepted, text: string): Identity | Promise<Identity> {
  if (!looksLikeToken(text) && jwt !== null) return jwt(text)
  if (tokens === null || !isTokenText(text))
    throw new Denied(
      'unauthenticated',
      'The credential is no token of Spanledger: it is cut, mistyped or for another service.',
    )
  const valid = (token: StoredToken | undefined) => {
    if (token === undefined) throw new Denied('unauthenticated', 'The token is not known here.')
    const identity = identityOfToken(token, Date.now())
    onTokenUsed(token)
    return identity
  }
  const found = tokens.find(tokenHash(text))
  return found instanceof Promise ? found.then(valid) : valid(found)
}

/** A certificate that names no tenant in particular limits no token. */
function ofOneTenant({ certificates }: Accepted, identity: Identity, certificate: Identity | undefined): Identity {
  const isNamed = certificates !== null && Object.keys(certificates).length > 0
  if (!isNamed || certificate === undefined || certificate.tenant === identity.tenant) return identity
  throw new Denied('forbidden', 'The client certificate and the credential in the headers are of different tenants.')
}

function missingText({ tokens, jwt, certificates }: Accepted): string {
  if (tokens === null && jwt === null) return 'The client certificate is of no tenant that is known here.'
  const orCertificate = certificates === null ? '' : ', nor is a tenant known for the client certificate'
  return `The request has no credential${orCertificate}: set OTEL_EXPORTER_OTLP_HEADERS="x-api-key=<token>".`
}
