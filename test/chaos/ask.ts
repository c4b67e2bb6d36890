import { once } from 'node:events'
import https from 'node:https'
import { connect } from 'node:tls'
import type { TestCertificate } from '../support/certificates.ts'
import type { Bridge } from './bridge.ts'

/** What is asked of a bridge: a GET without a body, else a POST. */
export interface Question {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly timeoutMs: number
  /** The certificate that is shown over a new connection; by default that of senders, over one that stays open. */
  readonly client?: TestCertificate
}

/** An answer; its status is 0 where none came. */
export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

const agents = new Map<string, https.Agent>()

/** Asks a bridge over TLS, with the token that senders show unless `headers` has another one. Never rejects. */
export async function ask({ http, security }: Bridge, question: Question): Promise<HttpAnswer> {
  const { path, headers, body, timeoutMs, client } = question
  const { ca } = security
  const shared = agents.get(ca) ?? new https.Agent({ keepAlive: true, ca, ...security.client })
  agents.set(ca, shared)
  const agent = client === undefined ? shared : new https.Agent({ ca, ...client })
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
  const { ca, client } = security
  const socket = connect({ port, host: '127.0.0.1', ca, ...client, ALPNProtocols: ['h2', 'http/1.1'] })
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
