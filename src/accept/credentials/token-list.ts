import { messageOf, Unavailable } from '../../errors.ts'
import { Denied } from '../answers/denied.ts'
import type { Identity, Scope } from './identity.ts'

/** A token as it is stored: its hash, not its text. Times are milliseconds since 1970; null: no limit. */
export interface StoredToken extends Identity {
  /** Names the token in messages and logs; it is no secret. */
  readonly id: string
  readonly name: string
  /** SHA-256 of the text, in hex. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly notBeforeMs: number | null
  readonly expiresAtMs: number | null
  readonly revokedAtMs: number | null
}

/** How the tokens that are known are kept fresh. */
export interface TokenListOptions {
  /** Reads all tokens from where they are stored. */
  readonly read: () => Promise<readonly StoredToken[]>
  /** The pause between two reads. A token that is revoked is refused after it at the latest. */
  readonly everyMs: number
  /** The shortest pause between two reads that unknown tokens ask for. */
  readonly askedEveryMs?: number
  /**
   * Called once while reads fail; the tokens of the last good one stay. The first read at all may fail unsaid: the table is
   * made while a receiver starts.
   */
  readonly onFailed: (why: string) => void
  readonly onRead?: (tokens: readonly StoredToken[]) => void
}

/** The tokens that are known. */
export interface TokenList extends AsyncDisposable {
  /**
   * Finds a token by its hash. One that isn't known is looked for where tokens are stored, since it may be new; throws
   * `Unavailable` where that can't be read.
   */
  find(hash: string): StoredToken | undefined | Promise<StoredToken | undefined>
}

/** Keeps the tokens in memory, so that a request costs one look-up in a map. */
export function openTokenList(options: TokenListOptions): TokenList {
  const { read, everyMs, askedEveryMs = 500, onFailed, onRead = () => {} } = options
  let known: ReadonlyMap<string, StoredToken> = new Map()
  let lastMs = Number.NEGATIVE_INFINITY
  let reads = 0
  let isFailing = false
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const readNow = async () => {
    lastMs = performance.now()
    reads++
    const tokens = await read()
    isFailing = false
    known = new Map(tokens.map((token) => [token.hash, token]))
    onRead(tokens)
  }
  /** Reads after the read that runs, which may have begun before the token was made. */
  const readAfter = async () => {
    await running?.catch(() => {})
    await pause(lastMs + askedEveryMs - performance.now())
    next = undefined
    running = readNow()
    await running
  }
  const refresh = () => {
    next ??= readAfter()
    return next
  }
  const fail = (error: unknown) => {
    if (reads > 1 && !isFailing) {
      isFailing = true
      onFailed(messageOf(error))
    }
  }
  const keepFresh = () => void refresh().catch(fail)
  const timer = setInterval(keepFresh, everyMs).unref()
  keepFresh()
  const findAgain = async (hash: string) => {
    await refresh().catch((cause: unknown) => {
      throw new Unavailable('The credential can not be checked now; send the request again.', { cause })
    })
    return known.get(hash)
  }
  return {
    find: (hash) => known.get(hash) ?? findAgain(hash),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await next?.catch(() => {})
      await running?.catch(() => {})
    },
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)))
}

/** The identity of a token that is valid now. Throws `Denied` with the reason for any other. */
export function identityOfToken(token: StoredToken, nowMs: number): Identity {
  const { id, tenant, scopes, notBeforeMs, expiresAtMs, revokedAtMs } = token
  if (revokedAtMs !== null) throw new Denied('unauthenticated', `The token ${id} was revoked on ${day(revokedAtMs)}.`)
  if (expiresAtMs !== null && expiresAtMs <= nowMs)
    throw new Denied('unauthenticated', `The token ${id} expired on ${day(expiresAtMs)}: it needs a successor.`)
  if (notBeforeMs !== null && notBeforeMs > nowMs)
    throw new Denied('unauthenticated', `The token ${id} is valid from ${day(notBeforeMs)} on.`)
  return { tenant, scopes }
}

function day(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16)}Z`
}
