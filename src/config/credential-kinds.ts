import * as z from 'zod'
import type { JwtIssuer } from '../accept/credentials/jwt.ts'
import { jwtAlgorithms } from '../accept/credentials/jwt-algorithms.ts'
import { tenantNameFault } from '../store/tenants/tenant-name.ts'
import { parsedJson, textOr, type ValueKind } from './value-kinds.ts'

/** Issuers of JSON Web Tokens: a map, or a list of maps. */
export function jwtIssuers(): ValueKind<readonly JwtIssuer[]> {
  const issuer = z
    .strictObject({
      issuer: z.string().min(1),
      audience: z.string().min(1),
      keys: z.string().min(1),
      algorithms: z.array(z.enum(jwtAlgorithms as [string, ...string[]])).min(1),
      tenant_claim: z.string().min(1).exactOptional(),
      scope_claim: z.string().min(1).exactOptional(),
    })
    .transform(({ tenant_claim, scope_claim, ...given }) => ({
      ...given,
      tenantClaim: tenant_claim ?? null,
      scopeClaim: scope_claim ?? null,
    }))
  return {
    allowed: `a map or JSON, or a list of those: {"issuer": "https://login.example.com/", "audience": "spanledger", "keys": "https://login.example.com/jwks.json", "algorithms": ["RS256"], "tenant_claim": "tenant", "scope_claim": "scope"}; keys is a URL or a file, algorithms are of ${jwtAlgorithms.join(', ')}`,
    schema: textOr(
      (text) => (text === '' ? [] : parsedJson(text)),
      z.union([z.array(issuer), issuer.transform((one) => [one])]),
    ),
    shown: (issuers) =>
      issuers.map(({ tenantClaim, scopeClaim, ...given }) => ({
        ...given,
        ...(tenantClaim !== null && { tenant_claim: tenantClaim }),
        ...(scopeClaim !== null && { scope_claim: scopeClaim }),
      })),
  }
}

/** The tenant of each name that client certificates have; '' is the default tenant. */
export function certificateTenants(): ValueKind<Readonly<Record<string, string>>> {
  const tenant = z.string().refine((name) => name === '' || tenantNameFault(name) === undefined)
  return {
    allowed: 'a map or JSON: {"spiffe://example.com/agents/acme": "acme", "collector.globex.example": "globex"}',
    schema: textOr(parsedJson, z.record(z.string().min(1), tenant)),
  }
}
