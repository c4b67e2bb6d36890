import { openAuthenticator } from '../accept/credentials/authenticator.ts'
import { type Authenticate, allScopes, authenticateEveryone } from '../accept/credentials/identity.ts'
import { openJwtVerifier } from '../accept/credentials/jwt.ts'
import { openTokenList, type StoredToken, type TokenList } from '../accept/credentials/token-list.ts'
import { type ServedTls, serveTls } from '../accept/tls/served-tls.ts'
import { certificateEndMs } from '../accept/tls/tls-files.ts'
import { asksForCredentials, sendsSecretsInClearText } from '../config/exposure.ts'
import type { Config } from '../config/settings.ts'
import { readTokenFile } from '../config/token-file.ts'
import type { Events } from '../events/events.ts'
import type { Database } from '../store/database.ts'
import { tenantNameFault } from '../store/tenants/tenant-name.ts'
import { listTokens, markTokensUsed, type TokenRow } from '../store/tenants/tokens.ts'

/** Something that ends: a token or the certificate that is served. */
export interface Expiry {
  readonly kind: 'token' | 'certificate'
  /** A token's id; '' for the certificate. */
  readonly id: string
  readonly endMs: number
}

/** What a receiver knows of its senders and shows them of itself. */
export interface Credentials extends AsyncDisposable {
  readonly authenticate: Authenticate
  readonly tls: ServedTls | null
  /** What is in use and ends at some time. */
  readonly expiries: () => readonly Expiry[]
}

/** Files and the table of tokens are looked at so often. */
const everyMs = 5_000
const usedEveryMs = 60_000
/** Operators are warned so long before something ends, once a day. */
export const warnAheadMs: number = 7 * 86_400_000

/**
 * Opens what authenticates senders, as the configuration says. `database` is that of the default tenant. Throws
 * `Misconfigured` for files that can't be used.
 */
export async function openCredentials(config: Config, database: Database, events: Events): Promise<Credentials> {
  const warnOfEnd = dailyWarning(events)
  const tls = await openTls(config, events, warnOfEnd)
  const tokens = await openTokens(config, database, events, warnOfEnd)
  if (sendsSecretsInClearText(config))
    events.warning(
      'credentials come in clear text over the network: set tls_cert_file, or end TLS before this receiver',
    )
  return {
    tls,
    authenticate: asksForCredentials(config)
      ? openAuthenticator({
          tokens,
          jwt: config.jwt.length === 0 ? null : openJwt(config, events),
          certificates: config.tlsClientCaFile === null ? null : config.tlsClientTenants,
          onTokenUsed: ({ id }) => void tokens?.used.add(id),
        })
      : authenticateEveryone,
    expiries: () => [
      ...(tls === null ? [] : [{ kind: 'certificate' as const, id: '', endMs: certificateEndMs(tls.current()) }]),
      ...(tokens?.expiries() ?? []),
    ],
    async [Symbol.asyncDispose]() {
      await tls?.[Symbol.asyncDispose]()
      await tokens?.[Symbol.asyncDispose]()
    },
  }
}

type WarnOfEnd = (what: string, endMs: number) => void

/** Warns of what ends soon or has ended, once a day for each. */
function dailyWarning(events: Pick<Events, 'warning'>): WarnOfEnd {
  const warnedMs = new Map<string, number>()
  return (what, endMs) => {
    const now = Date.now()
    if (endMs - now > warnAheadMs || now - (warnedMs.get(what) ?? 0) < 86_400_000) return
    warnedMs.set(what, now)
    const when = new Date(endMs).toISOString().slice(0, 10)
    events.warning(endMs > now ? `${what} ends on ${when}: replace it before` : `${what} has ended on ${when}`)
  }
}

async function openTls(config: Config, events: Events, warnOfEnd: WarnOfEnd): Promise<ServedTls | null> {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, tlsMinVersion } = config
  if (tlsCertFile === null || tlsKeyFile === null) return null
  const what = `the certificate in ${tlsCertFile}`
  const tls = await serveTls({
    certFile: tlsCertFile,
    keyFile: tlsKeyFile,
    clientCaFile: tlsClientCaFile,
    minVersion: tlsMinVersion,
    everyMs,
    onChanged: (context) => {
      events.warning('the certificate or the CAs of clients have changed: new connections have the new ones')
      warnOfEnd(what, certificateEndMs(context))
    },
    onFailed: (why) => events.warning(`the changed files of TLS are not used, those before are: ${why}`),
  })
  warnOfEnd(what, certificateEndMs(tls.current()))
  const timer = setInterval(() => warnOfEnd(what, certificateEndMs(tls.current())), 3_600_000).unref()
  return {
    ...tls,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await tls[Symbol.asyncDispose]()
    },
  }
}

function openJwt({ jwt }: Config, events: Events) {
  return openJwtVerifier(jwt, {
    isTenant: (name) => name === '' || tenantNameFault(name) === undefined,
    onFailed: (why) => events.warning(`the keys of an issuer of JWTs can't be read, the last ones go on: ${why}`),
  })
}

/** The tokens that are known, and which of them were used lately. */
interface UsedTokens extends TokenList {
  readonly used: Set<string>
  expiries(): readonly Expiry[]
}

async function openTokens(
  { tokens: source }: Config,
  database: Database,
  events: Events,
  warnOfEnd: WarnOfEnd,
): Promise<UsedTokens | null> {
  if (source === 'none') return null
  const isTable = source === 'table'
  // a file that is missing stops the start; one that is lost later leaves the tokens that are known
  if (!isTable) await readTokenFile(source)
  let ending: readonly Expiry[] = []
  const used = new Set<string>()
  const list = openTokenList({
    everyMs,
    read: isTable ? async () => (await listTokens(database)).map(tokenOf) : () => readTokenFile(source),
    onFailed: (why) => events.warning(`the tokens can't be read, those that are known go on: ${why}`),
    onRead: (tokens) => {
      ending = tokens.flatMap(expiryOf)
      for (const { id, endMs } of ending) warnOfEnd(`the token ${id}`, endMs)
    },
  })
  const timer = setInterval(() => {
    const ids = [...used]
    used.clear()
    // the time of the last use is for people only
    if (isTable && ids.length > 0) markTokensUsed(database, ids).catch(() => {})
  }, usedEveryMs).unref()
  return {
    ...list,
    used,
    expiries: () => ending,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await list[Symbol.asyncDispose]()
    },
  }
}

/** The end of a token that is neither revoked nor ended since long. */
function expiryOf({ id, expiresAtMs, revokedAtMs }: StoredToken): Expiry[] {
  if (expiresAtMs === null || revokedAtMs !== null || Date.now() - expiresAtMs > warnAheadMs) return []
  return [{ kind: 'token', id, endMs: expiresAtMs }]
}

/** The token in a row of the table. */
export function tokenOf({ scopes, ...row }: TokenRow): StoredToken {
  const words = scopes.split(' ')
  return { ...row, scopes: allScopes.filter((scope) => words.includes(scope)) }
}
