import { hostAndPort, type ListenAddress } from '../../accept/listening.ts'

/** Where a server that listens there is reached on its own machine: 0.0.0.0 and [::] listen everywhere, and lead nowhere. */
export function localAddress({ host, port }: ListenAddress): string {
  const name = isEverywhere({ host, port }) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return hostAndPort({ host: name, port })
}

/** Whether it listens on every address, so that other machines reach it, too. */
export function isEverywhere({ host }: ListenAddress): boolean {
  return host === '0.0.0.0' || host === '::'
}
