import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { connect as connectTls } from 'node:tls'
import * as grpc from '@grpc/grpc-js'
import { afterAll, expect, test } from 'vitest'
import { serveTls } from '../../../src/accept/tls/served-tls.ts'
import { readTls, type TlsFiles } from '../../../src/accept/tls/tls-files.ts'
import { makeCa, type TestCertificate, writeFiles } from '../../support/certificates.ts'
import { exportBytes, failureOf, grpcServer, httpServer, post } from '../servers.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const serverCa = makeCa('servers')
const clientCa = makeCa('clients')
const otherCa = makeCa('others')
const local = ['localhost', '127.0.0.1']
let folders = 0

/** Files of a server's TLS, in a folder of their own. */
function tlsFiles(given: Partial<TestCertificate> & { readonly clientCa?: string } = {}) {
  const { cert, key } = serverCa.issue(local)
  const here = mkdtempSync(path.join(folder, `${folders++}-`))
  const files = writeFiles(here, {
    'tls.crt': given.cert ?? cert,
    'tls.key': given.key ?? key,
    ...(given.clientCa === undefined ? {} : { 'clients.crt': given.clientCa }),
  })
  const options: TlsFiles = {
    certFile: files['tls.crt']!,
    keyFile: files['tls.key']!,
    clientCaFile: given.clientCa === undefined ? null : path.join(here, 'clients.crt'),
    minVersion: '1.2',
  }
  return { here, options }
}

/** TLS that looks at its files every few milliseconds, and what it reports. */
async function fastTls(options: TlsFiles) {
  const changes: string[] = []
  const failures: string[] = []
  const tls = await serveTls({
    ...options,
    everyMs: 10,
    onChanged: ({ cert }) => changes.push(cert),
    onFailed: (why) => failures.push(why),
  })
  return { ...tls, changes, failures }
}

/** The status of a request over TLS, or the code of the error that it fails with. */
function statusOver(address: string, client: Partial<TestCertificate> = {}, agent: Agent | false = false) {
  return new Promise<number | string>((resolve) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, agent, ca: serverCa.cert }
    const sent = httpsRequest(`${address}/v1/traces`, { ...options, ...client }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code))
    sent.end('{}')
  })
}

function grpcOver(address: string, client?: TestCertificate) {
  const [key, cert] = client ? [Buffer.from(client.key), Buffer.from(client.cert)] : []
  const credentials = grpc.credentials.createSsl(Buffer.from(serverCa.cert), key, cert)
  const one = new grpc.Client(address, credentials)
  return { client: one, [Symbol.dispose]: () => one.close() }
}

/** The serial number of the certificate that a server shows now. */
async function serialOf(address: string): Promise<string> {
  const { port } = new URL(address)
  const socket = connectTls({ port: Number(port), host: '127.0.0.1', servername: 'localhost', ca: serverCa.cert })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

test('both ports speak TLS, and tell a sender in clear text what to set', async () => {
  await using tls = await fastTls(tlsFiles().options)
  await using http = await httpServer({ tls })
  await using grpcs = await grpcServer({ tls })
  expect(http.address).toMatch(/^https:/)
  expect(await statusOver(http.address)).toBe(200)
  using sender = grpcOver(grpcs.address)
  expect((await exportBytes(sender.client, new Uint8Array())).length).toBe(0)
  await expect(post(http.address.replace('https', 'http'))).rejects.toThrow()
  using clear = { client: new grpc.Client(grpcs.address, grpc.credentials.createInsecure()), [Symbol.dispose]() {} }
  expect((await failureOf(exportBytes(clear.client, new Uint8Array(), { deadline: 3000 }))).code).toBe(14)
  clear.client.close()
  expect(http.refused).toEqual([expect.stringContaining('the endpoint must begin with https://')])
  expect(grpcs.refused[0]).toContain('the endpoint must begin with https://')
})

test('mTLS: a client without a certificate, or with one of another CA, is refused on both ports', async () => {
  await using tls = await fastTls(tlsFiles({ clientCa: clientCa.cert }).options)
  const seen: (readonly string[] | null)[] = []
  const authenticate = ({ certificateNames }: { certificateNames: () => readonly string[] | null }) => {
    seen.push(certificateNames())
    return { tenant: '', scopes: ['send'] as const }
  }
  await using http = await httpServer({ tls, authenticate })
  await using grpcs = await grpcServer({ tls, authenticate })
  const good = clientCa.issue(['spiffe://test/acme', 'acme.example'])
  const foreign = otherCa.issue(['spiffe://test/acme'])
  const old = clientCa.issue(['spiffe://test/acme'], Date.now() - 60_000)
  expect(await statusOver(http.address, good)).toBe(200)
  for (const client of [{}, foreign, old])
    expect(await statusOver(http.address, client)).toMatch(/^(ECONN|EPIPE|ERR_SSL)/)
  using sender = grpcOver(grpcs.address, good)
  await exportBytes(sender.client, new Uint8Array())
  for (const client of [undefined, foreign]) {
    using refused = grpcOver(grpcs.address, client)
    expect((await failureOf(exportBytes(refused.client, new Uint8Array(), { deadline: 2000 }))).code).toBeOneOf([14, 4])
  }
  expect(seen).toEqual([
    ['spiffe://test/acme', 'acme.example'],
    ['spiffe://test/acme', 'acme.example'],
  ])
  expect(http.refused.join()).toMatch(/has sent no client certificate/)
})

test('files that change are served to new connections, and those that are open go on', async () => {
  const { here, options } = tlsFiles()
  await using tls = await fastTls(options)
  await using http = await httpServer({ tls })
  const before = await serialOf(http.address)
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  })
  expect(await statusOver(http.address, {}, agent)).toBe(200)
  const { cert, key } = serverCa.issue(local)
  writeFiles(here, { 'tls.crt': cert, 'tls.key': key })
  await expect.poll(() => serialOf(http.address)).not.toBe(before)
  expect(await statusOver(http.address, {}, agent)).toBe(200)
  expect(Object.values(agent.freeSockets).flat()).toHaveLength(1)
})

test('a pair that does not fit is said once, and the one before is served until it fits', async () => {
  const { here, options } = tlsFiles()
  await using tls = await fastTls(options)
  await using http = await httpServer({ tls })
  const before = await serialOf(http.address)
  const { cert, key } = serverCa.issue(local)
  writeFiles(here, { 'tls.crt': cert })
  await expect.poll(() => tls.failures).toHaveLength(1)
  expect(tls.failures[0]).toContain("isn't the key of the certificate")
  expect(await serialOf(http.address)).toBe(before)
  writeFiles(here, { 'tls.key': key })
  await expect.poll(() => serialOf(http.address)).not.toBe(before)
  expect([tls.failures.length, tls.changes.length]).toEqual([1, 1])
})

test('after a change of the CA of clients, GOAWAY ends open connections and the old certificates are refused', async () => {
  const { here, options } = tlsFiles({ clientCa: clientCa.cert })
  await using tls = await fastTls(options)
  await using http = await httpServer({ tls })
  await using grpcs = await grpcServer({ tls })
  const client = clientCa.issue(['acme.example'])
  const session = connectHttp2(`https://${grpcs.address}`, { ca: serverCa.cert, servername: 'localhost', ...client })
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  using agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    [Symbol.dispose]: () => agent.destroy(),
  })
  expect(await statusOver(http.address, client, agent)).toBe(200)
  const goaway = once(session, 'goaway')
  writeFiles(here, { 'clients.crt': otherCa.cert })
  expect((await goaway)[0]).toBe(0)
  expect(await statusOver(http.address, client)).toMatch(/^(ECONN|EPIPE|ERR_SSL)/)
  expect(await statusOver(http.address, client, agent)).toMatch(/^(ECONN|EPIPE|ERR_SSL)/)
  expect(await statusOver(http.address, otherCa.issue(['acme.example']))).toBe(200)
  session.destroy()
})

test('tls_min_version refuses older ones', async () => {
  const { options } = tlsFiles()
  for (const [minVersion, reached] of [
    ['1.2', true],
    ['1.3', false],
  ] as const) {
    await using tls = await fastTls({ ...options, minVersion })
    await using http = await httpServer({ tls })
    const port = Number(new URL(http.address).port)
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: serverCa.cert,
      maxVersion: 'TLSv1.2',
    })
    const outcome = await Promise.race([
      once(socket, 'secureConnect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    expect(outcome).toBe(reached)
  }
})

test.each([
  [
    'a key of another certificate',
    { key: serverCa.issue(local).key },
    "tls_key_file: .* isn't the key of the certificate",
  ],
  ['a certificate that is no PEM', { cert: 'DER' }, 'tls_cert_file: .* has no "BEGIN CERTIFICATE" in it'],
  [
    'a certificate that is cut',
    { cert: `${serverCa.cert.slice(0, 200)}\n-----END CERTIFICATE-----` },
    "tls_cert_file: .* can't be read",
  ],
  [
    'a CA that is cut',
    { clientCa: `${serverCa.cert.slice(0, 200)}\n-----END CERTIFICATE-----` },
    "tls_client_ca_file: .* can't be read",
  ],
])('the start is stopped by %s, with the setting and the file', (_, given, message) => {
  expect(() => readTls(tlsFiles(given).options)).toThrow(new RegExp(message))
})

test('a file that is missing is named with its setting', () => {
  const { options } = tlsFiles()
  expect(() => readTls({ ...options, keyFile: '/nowhere/tls.key' })).toThrow(
    "tls_key_file: /nowhere/tls.key can't be read (ENOENT).",
  )
})
