import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { messageOf, Unavailable } from '../../errors.ts'

/** How the public keys of an issuer are got. */
export interface KeySetOptions {
  /** A URL (http or https) or the path of a file: a JSON Web Key Set. */
  readonly from: string
  /** The age after which the keys are read again, in the background. */
  readonly maxAgeMs?: number
  /** The shortest pause between two reads. */
  readonly pauseMs?: number
  /** Called after a read that failed; the last good keys stay in use. */
  readonly onFailed: (why: string) => void
}

const defaults = { maxAgeMs: 600_000, pauseMs: 10_000 }
const answerWithinMs = 5_000
const mostBytes = 1_000_000

/**
 * The public keys of an issuer. The last good ones are used for as long as no others can be read: an issuer that is away
 * must not make senders drop their data. A token with an unknown key has them read again, since issuers rotate keys. Where that
 * fails, or they were read too short a time ago for it, the function throws `Unavailable`: the key may be there since, and a
 * sender whose token is called wrong drops its data. (jose's own remote key set forgets its keys when they are old.)
 */
export function openKeySet(options: KeySetOptions): JWTVerifyGetKey {
  const { from, maxAgeMs, pauseMs, onFailed } = { ...defaults, ...options }
  let keys: JWTVerifyGetKey | undefined
  let readAtMs = Number.NEGATIVE_INFINITY
  let triedAtMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  let running: Promise<void> | undefined
  const read = async () => {
    triedAtMs = performance.now()
    try {
      keys = createLocalJWKSet(parsedKeys(await textFrom(from)))
      readAtMs = performance.now()
      failure = undefined
    } catch (error) {
      failure = error
      onFailed(messageOf(error))
    } finally {
      running = undefined
    }
  }
  const refresh = async () => {
    if (running === undefined && performance.now() - triedAtMs >= pauseMs) running = read()
    await running
  }
  void refresh()
  const undecided = () =>
    new Unavailable('The keys that credentials are checked by can not be read now; send the request again.', {
      cause: failure,
    })
  return async (header, token) => {
    const askedAtMs = performance.now()
    if (keys === undefined) await refresh()
    else if (performance.now() - readAtMs > maxAgeMs) void refresh()
    if (keys === undefined) throw undecided()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await refresh()
      if (failure !== undefined || triedAtMs < askedAtMs) throw undecided()
      return await keys(header, token)
    }
  }
}

function parsedKeys(text: string): JSONWebKeySet {
  const value: unknown = JSON.parse(text)
  const { keys } = (value ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('it is no JSON Web Key Set with keys in it')
  return value as JSONWebKeySet
}

async function textFrom(place: string): Promise<string> {
  if (!/^https?:\/\//.test(place)) return readFile(place, 'utf8')
  const answer = await fetch(place, { signal: AbortSignal.timeout(answerWithinMs), redirect: 'error' })
  if (!answer.ok) throw new Error(`${place} answers ${answer.status}`)
  const text = await answer.text()
  if (text.length > mostBytes) throw new Error(`${place} answers with more than ${mostBytes} bytes`)
  return text
}
