import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { Misconfigured, messageOf, Unavailable } from '../errors.ts'

/** Where a server listens. Port 0 lets the system choose a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** A server that accepts requests. Disposing it is stopping it. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, with the port that it really has: a base URL for HTTP, host:port for gRPC. */
  readonly address: string
  /**
   * Accepts nothing new; requests in flight are answered, then the connections close. Resolves when all are closed, by
   * force after `shutdownTimeoutMs`. Calls after the first one wait for the same end.
   */
  stop(): Promise<void>
}

/** A server whose `close` is called once, however often it is stopped or disposed. */
export function runningServer(address: string, close: () => Promise<void>): RunningServer {
  let closed: Promise<void> | undefined
  const stop = () => {
    closed ??= close()
    return closed
  }
  return { address, stop, [Symbol.asyncDispose]: stop }
}

/** An address as URLs write it: an IPv6 address is in brackets. */
export function hostAndPort({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Starts to listen and returns the port. Throws Misconfigured where the port can't be had: the operator must choose another. */
export async function listen(protocol: string, server: Server, address: ListenAddress): Promise<number> {
  try {
    await once(server.listen(address.port, address.host), 'listening')
  } catch (error) {
    throw new Misconfigured(`Can't listen on ${hostAndPort(address)} for ${protocol}: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return (server.address() as AddressInfo).port
}

/** The error of a request that arrives after `stop`. */
export function shuttingDown(): Unavailable {
  return new Unavailable('The receiver is shutting down; send the request again.')
}
