import type { IncomingMessage } from 'node:http'
import { credentialIn } from '../credentials/credential-header.ts'
import { type Authenticate, authenticateEveryone, tenantFor } from '../credentials/identity.ts'
import { presentedBy } from '../credentials/presented.ts'
import { hasLoopbackHost, isLoopback } from './loopback.ts'

/**
 * Whether a probe is answered with the reason why the receiver is not ready: over loopback, or with a credential that has
 * the scope `admin`. A reason quotes the database driver and the operating system, which may name hosts and folders.
 */
export async function seesReason(request: IncomingMessage, authenticate: Authenticate): Promise<boolean> {
  return isOfThisMachine(request) || (await isAdmin(request, authenticate))
}

/** Whether no other machine and no page of a browser can have sent a request. */
function isOfThisMachine(request: IncomingMessage): boolean {
  const { headers, socket } = request
  const isForwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return !isForwarded && isLoopback(address) && hasLoopbackHost(request)
}

/** A probe without a credential is no failed attempt: Kubernetes sends one every few seconds. */
async function isAdmin({ headers, socket }: IncomingMessage, authenticate: Authenticate): Promise<boolean> {
  if (authenticate === authenticateEveryone) return false
  const presented = presentedBy((name) => headers[name]?.toString(), socket, socket)
  try {
    if (credentialIn(presented.header) === null && presented.certificateNames() === null) return false
    return tenantFor(await authenticate(presented), 'admin') === ''
  } catch {
    return false
  }
}
