import type { Listen } from '../config/value-kinds.ts'

/** Where a server that listens there is reached on its own machine: 0.0.0.0 and [::] listen everywhere, and lead nowhere. */
export function reachable({ host, port }: Listen): string {
  const name = isEverywhere({ host, port }) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return `${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Whether it listens on every address, so that other machines reach it, too. */
export function isEverywhere({ host }: Listen): boolean {
  return host === '0.0.0.0' || host === '::'
}
