import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { Denied } from '../answers/denied.ts'
import { allScopes, type Identity, type Scope } from './identity.ts'
import { openKeySet } from './key-set.ts'

/** Whose JSON Web Tokens are taken. */
export interface JwtIssuer {
  readonly issuer: string
  readonly audience: string
  /** Algorithms with public keys, such as RS256. */
  readonly algorithms: readonly string[]
  /** A URL or the path of a file: a JSON Web Key Set. */
  readonly keys: string
  /** The claim that names the tenant; null: all tokens of this issuer are of the default tenant. */
  readonly tenantClaim: string | null
  /** The claim that names the scopes, as one text with spaces or as a list; null: they may send. */
  readonly scopeClaim: string | null
}

/** Clocks of issuers and receivers differ by some seconds. */
const clockTolerance = 30

export interface JwtOptions {
  /** Whether a tenant can have a name. */
  readonly isTenant: (name: string) => boolean
  /** Called when the keys of an issuer can't be read. */
  readonly onFailed: (why: string) => void
}

/**
 * Verifies tokens of these issuers. The function that is returned throws `Denied` for a token that is wrong, and
 * `Unavailable` where the keys can't be read.
 */
export function openJwtVerifier(
  issuers: readonly JwtIssuer[],
  { isTenant, onFailed }: JwtOptions,
): (text: string) => Promise<Identity> {
  const byName = new Map(
    issuers.map((issuer) => [
      issuer.issuer,
      { issuer, keys: openKeySet({ from: issuer.keys, onFailed: (why) => onFailed(`${issuer.issuer}: ${why}`) }) },
    ]),
  )
  return async (text) => {
    const known = byName.get(issuerIn(text))
    if (known === undefined) throw new Denied('unauthenticated', 'The JWT is of no issuer that is known here.')
    const payload = await verified(text, known.issuer, known.keys)
    return { tenant: tenantIn(payload, known.issuer, isTenant), scopes: scopesIn(payload, known.issuer) }
  }
}

/** The issuer that a JWT names, before its signature is checked; '' for a text that is no JWT. */
function issuerIn(text: string): string {
  try {
    return decodeJwt(text).iss ?? ''
  } catch {
    return ''
  }
}

async function verified(text: string, issuer: JwtIssuer, keys: ReturnType<typeof openKeySet>): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(text, keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      requiredClaims: ['exp'],
      clockTolerance,
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JOSEError)
      throw new Denied('unauthenticated', `The JWT is not valid: ${reasonOf(error)}.`)
    throw error
  }
}

/** The library's sentences name claims and never quote a value of the token. */
function reasonOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTExpired ? 'it has expired' : error.message.replace(/\.$/, '')
}

function tenantIn(payload: JWTPayload, { tenantClaim }: JwtIssuer, isTenant: (name: string) => boolean): string {
  if (tenantClaim === null) return ''
  const tenant = payload[tenantClaim]
  if (typeof tenant === 'string' && isTenant(tenant)) return tenant
  throw new Denied('forbidden', `The claim ${tenantClaim} of the JWT is no name that a tenant can have.`)
}

function scopesIn(payload: JWTPayload, { scopeClaim }: JwtIssuer): readonly Scope[] {
  if (scopeClaim === null) return ['send']
  const claim = payload[scopeClaim]
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []
  return allScopes.filter((scope) => words.includes(scope))
}
