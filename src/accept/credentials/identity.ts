import { Denied } from '../answers/denied.ts'

/** What a credential allows: to send telemetry, to read what is shown over HTTP, to change how the receiver works. */
export type Scope = 'send' | 'read' | 'admin'

/** All scopes, from the least to the most powerful. None includes another one. */
export const allScopes: readonly Scope[] = ['send', 'read', 'admin']

/** The owner of a request, as its credential says. */
export interface Identity {
  /** The only tenant that the request can reach; '' is the default tenant. */
  readonly tenant: string
  readonly scopes: readonly Scope[]
}

/** What a request shows of its sender before its body is read. */
export interface Presented {
  /** Looks up a header by its name in lower case. */
  header(name: string): string | undefined
  /** The address of the sender, or of the last proxy before this receiver. */
  readonly address: string
  /** The names in the client certificate, which TLS has verified; null where there is no certificate. */
  certificateNames(): readonly string[] | null
}

/**
 * Finds out the identity of a sender (R29). Throws `Denied` for a credential that is wrong, and `Unavailable` where this
 * can't be decided now: a sender drops its data on the first and keeps it on the second.
 */
export type Authenticate = (presented: Presented) => Identity | Promise<Identity>

/** Authenticates everyone as the default tenant, for a receiver without credentials. */
export const authenticateEveryone: Authenticate = () => ({ tenant: '', scopes: allScopes })

/** Returns the tenant of an identity. Throws `Denied` where its credential does not have the scope. */
export function tenantFor({ tenant, scopes }: Identity, scope: Scope): string {
  if (scopes.includes(scope)) return tenant
  throw new Denied(
    'forbidden',
    `This credential may not ${scope}: it has the scope ${scopes.join(' and ') || 'of nothing'}.`,
  )
}
