import { hostAndPort, type ListenAddress } from '../../accept/listening.ts'

/**
 * The address, as host:port, at which a server is reached from its own machine. A server that listens on 0.0.0.0 or [::]
 * is reached by the loopback address: senders can't connect to those two.
 */
export function localAddress({ host, port }: ListenAddress): string {
  const name = isEverywhere({ host, port }) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return hostAndPort({ host: name, port })
}

/** Whether a server listens on every address of its machine, so that other machines reach it too. */
export function isEverywhere({ host }: ListenAddress): boolean {
  return host === '0.0.0.0' || host === '::'
}
