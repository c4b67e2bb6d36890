import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine reaches a host. A name is none that could be another's, but for `localhost`. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether a request that came over loopback names a host of loopback in `Host`. A page of another site can have its own name
 * resolve to 127.0.0.1 (DNS rebinding): the browser then takes this server for that site, and lets its scripts read what
 * they ask for. The name stays in `Host`, so that such a request is known by it.
 */
export function hasLoopbackHost({ headers: { host }, socket: { localAddress = '' } }: IncomingMessage): boolean {
  if (!isLoopback(localAddress.replace(/^::ffff:/, ''))) return true
  return host !== undefined && isLoopback(hostNameOf(host))
}

/** The name in a Host header, without the port and the brackets of an IPv6 address. */
function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
