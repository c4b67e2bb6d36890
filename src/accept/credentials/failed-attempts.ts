import { Denied } from '../answers/denied.ts'

/** The limits of wrong credentials. */
export interface AttemptLimits {
  /** Wrong credentials that an address may send in a window before it is told to wait. */
  readonly most: number
  readonly windowMs: number
  /** Addresses that are remembered; the one whose window began first is forgotten first. */
  readonly mostAddresses: number
}

const defaults: AttemptLimits = { most: 20, windowMs: 60_000, mostAddresses: 10_000 }

/**
 * Counts wrong credentials by address. The function that is returned gives the error for one more: what was wrong, or
 * `too-many`, which the sender may try again after the window. Good credentials are never counted nor asked about, since
 * a proxy gives all of its senders one address. `clock` gives milliseconds.
 */
export function openFailedAttempts(
  changes: Partial<AttemptLimits> = {},
  clock: () => number = Date.now,
): (address: string, failure: Denied) => Denied {
  const { most, windowMs, mostAddresses } = { ...defaults, ...changes }
  const windows = new Map<string, { endMs: number; count: number }>()
  return (address, failure) => {
    const key = networkOf(address)
    const now = clock()
    let window = windows.get(key)
    if (window === undefined || window.endMs <= now) {
      windows.delete(key)
      if (windows.size >= mostAddresses) windows.delete(windows.keys().next().value ?? '')
      window = { endMs: now + windowMs, count: 0 }
      windows.set(key, window)
    }
    window.count++
    if (window.count <= most) return failure
    const seconds = Math.max(1, Math.ceil((window.endMs - now) / 1000))
    return new Denied(
      'too-many',
      `Too many requests with a wrong credential came from this address; try again in ${seconds} s. The last one: ${failure.message}`,
      seconds,
    )
  }
}

/** One host has a whole network of 64 bits in IPv6; an IPv4 address may be written as one of IPv6. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.split('%', 1)[0]!.split('::')
  const groups = head.split(':').filter(Boolean)
  const missing = plain.includes('::') ? 8 - groups.length - tail.split(':').filter(Boolean).length : 0
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...tail.split(':').filter(Boolean)]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
