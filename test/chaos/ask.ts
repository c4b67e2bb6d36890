import { once } from 'node:events'
import https from 'node:https'
import { connect } from 'node:tls'
import type { Bridge } from './bridge.ts'

/** What is asked of a bridge: a GET without a body, else a POST. */
export interface Question {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly timeoutMs: number
}

/** An answer; its status is 0 where none came. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

const agents = new Map<string, https.Agent>()

/** Asks a bridge over TLS, with the token that senders show unless `headers` has another one. Never rejects. */
export async function ask({ http, security }: Bridge, question: Question): Promise<HttpAnswer> {
  const { path, headers, body, timeoutMs } = question
  const agent = agents.get(security.ca) ?? new https.Agent({ keepAlive: true, ca: security.ca })
  agents.set(security.ca, agent)
  const authorization = { authorization: `Bearer ${security.token()}` }
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...authorization, ...headers },
    agent,
    signal: AbortSignal.timeout(timeoutMs),
  }
  try {
    const request = https.request(`${http}${path}`, options).end(body)
    const [response] = await once(request, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('latin1').slice(0, 300) }
  } catch (error) {
    return { status: 0, text: String(error) }
  }
}

/** Returns the fingerprint of the certificate that a bridge serves on a port to a new connection; null where none comes. */
export async function servedCertificate({ security }: Bridge, port: number): Promise<string | null> {
  const socket = connect({ port, host: '127.0.0.1', ca: security.ca, ALPNProtocols: ['h2', 'http/1.1'] })
  socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().fingerprint256
  } catch {
    return null
  } finally {
    socket.on('error', () => {}).destroy()
  }
}
