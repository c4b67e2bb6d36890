import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { Misconfigured, messageOf, Unavailable } from '../errors.ts'

/** A door that is open. Disposing it is stopping it. */
export interface Listening extends AsyncDisposable {
  /** Where it listens, with the port that it really has: a base URL for HTTP, host:port for gRPC. */
  readonly address: string
  /**
   * Takes nothing new; what is in flight is answered, then the connections close. Resolves when all are closed, by force
   * after `shutdownTimeoutMs`. After the first call, the others wait for the same end.
   */
  stop(): Promise<void>
}

/** The two names under which a door is closed. */
export function listening(address: string, close: () => Promise<void>): Listening {
  let closed: Promise<void> | undefined
  const stop = () => {
    closed ??= close()
    return closed
  }
  return { address, stop, [Symbol.asyncDispose]: stop }
}

/** As it stands in a URL: an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where a door is to be. Port 0: a free one. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** Opens a socket's ear and gives the port that it really has. Throws Misconfigured, since a port that can't be had is the operator's. */
export async function listen(protocol: string, server: Server, { host, port }: Place): Promise<number> {
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    const why = messageOf(error)
    throw new Misconfigured(`Can't listen on ${hostAndPort(host, port)} for ${protocol}: ${why}`, { cause: error })
  }
  return (server.address() as AddressInfo).port
}

/** What a request is refused with that comes after `stop`. */
export function shuttingDown(): Unavailable {
  return new Unavailable('The receiver is shutting down; send the request again.')
}
