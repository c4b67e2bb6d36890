import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { credentials, Metadata } from '@grpc/grpc-js'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { openServers } from '../../src/databases.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf } from '../../src/store/tenants/tenant-servers.ts'
import { addToken } from '../../src/store/tenants/tokens.ts'
import { makeCa, writeFiles } from '../support/certificates.ts'
import { isCollectorBuilt, queueFolder, startCollector } from '../support/collector.ts'
import { outcomeOf, settingsFor } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-secured-'))
const serverCa = makeCa('servers')
const clientCa = makeCa('clients')
const acmeName = 'spiffe://test/agents/acme'
const own = serverCa.issue(['localhost', '127.0.0.1'])
const acme = clientCa.issue([acmeName])
const nobody = clientCa.issue(['nobody.example'])
const files = writeFiles(folder, {
  'server.crt': own.cert,
  'server.key': own.key,
  'servers.crt': serverCa.cert,
  'clients.crt': clientCa.cert,
  'acme.crt': acme.cert,
  'acme.key': acme.key,
  'nobody.crt': nobody.cert,
  'nobody.key': nobody.key,
})
const token = newTokenText()
let place: TestDatabase
let receiver: Awaited<ReturnType<typeof openTestReceiver>>

/** The settings of a receiver that speaks mTLS; a certificate may name the tenant acme, and tokens are taken besides. */
const settings = {
  SPANLEDGER_TLS_CERT_FILE: files['server.crt']!,
  SPANLEDGER_TLS_KEY_FILE: files['server.key']!,
  SPANLEDGER_TLS_CLIENT_CA_FILE: files['clients.crt']!,
  SPANLEDGER_TLS_CLIENT_TENANTS: JSON.stringify({ [acmeName]: 'acme' }),
  SPANLEDGER_TOKENS: 'table',
}

beforeAll(async () => {
  place = await freshDatabase()
  await using servers = await openServers(configOf(settingsFor(place.url, {})))
  for (const tenant of ['', 'acme']) await migrate(databaseOf(servers, tenant))
  const times = { notBeforeMs: null, expiresAtMs: null }
  const stored = { id: 'default', name: '', tenant: '', scopes: 'send read', hash: tokenHash(token), ...times }
  await addToken(databaseOf(servers, ''), stored)
  receiver = await openTestReceiver(place.url, settings)
})

afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** In whose schema the run of a workflow is. */
async function tenantsWith(workflowId: string): Promise<string[]> {
  await using client = await connect(place.url)
  const { rows } = await client.query<{ schema: string }>(
    `select 'public' as schema from public.task_executions where workflow_id = $1
    union all select 'acme' from acme.task_executions where workflow_id = $1`,
    [workflowId],
  )
  return rows.map(({ schema }) => schema)
}

async function exportRun(exporter: SpanExporter, workflowId: string): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  provider
    .getTracer('test')
    .startSpan('run', { attributes: { workflow_id: workflowId } })
    .end()
  await provider.shutdown()
}

const pem = (text: string) => Buffer.from(text)

describe('the official exporters of JavaScript', () => {
  test('over gRPC: a certificate is of its tenant, and a token of its own', async () => {
    const make = (client: typeof acme, metadata: Metadata) =>
      new GrpcExporter({
        url: `https://${receiver.grpc}`,
        credentials: credentials.createSsl(pem(serverCa.cert), pem(client.key), pem(client.cert)),
        metadata,
      })
    const withToken = new Metadata()
    withToken.set('authorization', `Bearer ${token}`)
    await exportRun(make(acme, new Metadata()), 'sdk-grpc-certificate')
    await exportRun(make(nobody, withToken), 'sdk-grpc-token')
    await exportRun(make(nobody, new Metadata()), 'sdk-grpc-nobody')
    expect(await tenantsWith('sdk-grpc-certificate')).toEqual(['acme'])
    expect(await tenantsWith('sdk-grpc-token')).toEqual(['public'])
    expect(await tenantsWith('sdk-grpc-nobody')).toEqual([])
  })

  test('over HTTP', async () => {
    const make = (client: typeof acme, headers: Record<string, string>) =>
      new HttpExporter({
        url: `${receiver.http}/v1/traces`,
        headers,
        httpAgentOptions: () => new Agent({ ca: serverCa.cert, ...client }),
      })
    await exportRun(make(acme, {}), 'sdk-http-certificate')
    await exportRun(make(nobody, { 'x-api-key': token }), 'sdk-http-token')
    expect(await tenantsWith('sdk-http-certificate')).toEqual(['acme'])
    expect(await tenantsWith('sdk-http-token')).toEqual(['public'])
  })
})

const hasCurl = spawnSync('curl', ['--version']).status === 0

test.skipIf(!hasCurl)('curl with certificates and a token', async () => {
  const request = tracesRequest(smallRun('curl'))
  const curl = async (...args: string[]) => {
    const url = `${receiver.http}/v1/traces`
    const all = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', files['servers.crt']!, ...args]
    const input = ['-H', 'content-type: application/json', '--data-binary', '@-', url]
    const child = spawn('curl', [...all, ...input])
    // a sender that is refused in the handshake reads nothing
    child.stdin.on('error', () => {}).end(request.body)
    const [code, [status]] = await Promise.all([text(child.stdout), once(child, 'close')])
    return { status: status as number, code }
  }
  const withFiles = (name: string) => ['--cert', files[`${name}.crt`]!, '--key', files[`${name}.key`]!]
  expect(await curl(...withFiles('acme'))).toEqual({ status: 0, code: '200' })
  expect(await curl(...withFiles('nobody'), '-u', `anyone:${token}`)).toEqual({ status: 0, code: '200' })
  expect((await curl(...withFiles('nobody'))).code).toBe('401')
  expect((await curl(...withFiles('acme'), '-H', `x-api-key: ${token}`)).code).toBe('403')
  expect((await curl()).status).not.toBe(0)
  expect((await tenantsWith('curl')).sort()).toEqual(['acme', 'public'])
})

describe.runIf(isCollectorBuilt)('the Collector', () => {
  const tls = {
    insecure: false,
    ca_file: files['servers.crt'],
    cert_file: files['nobody.crt'],
    key_file: files['nobody.key'],
  }
  const mutual = { ...tls, cert_file: files['acme.crt'], key_file: files['acme.key'] }

  test.each([
    ['with a bearer token', { tls, headers: { authorization: `Bearer ${token}` } }, 'public'],
    ['with its certificate', { tls: mutual }, 'acme'],
  ])('%s', async (name, exporter, tenant) => {
    await using queue = await queueFolder()
    await using collector = await startCollector({
      queue: queue.path,
      ledger: receiver.grpc,
      changes: [{ exporters: { otlp_grpc: exporter } }],
    })
    const workflowId = `collector ${name}`
    expect((await send(tracesRequest(smallRun(workflowId)), collector.http)).status).toBe(200)
    await expect.poll(() => tenantsWith(workflowId), { timeout: 20_000 }).toEqual([tenant])
  })
})

describe('the commands that send', () => {
  const environment = () => ({
    DATABASE_URL: place.url,
    ...settings,
    SPANLEDGER_HTTP_LISTEN: new URL(receiver.http).host,
    SPANLEDGER_GRPC_LISTEN: receiver.grpc,
    OTEL_EXPORTER_OTLP_CERTIFICATE: files['servers.crt']!,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: files['nobody.crt']!,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: files['nobody.key']!,
  })

  test("demo and doctor are senders like any other: OpenTelemetry's variables give them a credential", async () => {
    const OTEL_EXPORTER_OTLP_HEADERS = `x-api-key=${token}`
    const [demo, doctor, denied] = await Promise.all([
      outcomeOf(['demo'], { ...environment(), OTEL_EXPORTER_OTLP_HEADERS }),
      outcomeOf(['doctor'], { ...environment(), OTEL_EXPORTER_OTLP_HEADERS }),
      outcomeOf(['doctor'], environment()),
    ])
    expect(demo).toMatchObject({ code: 0 })
    expect(doctor.output).toMatch(/^ok {4}OTLP\/HTTP +https:.* took a span/m)
    expect(doctor.output).toMatch(/^ok {4}OTLP\/gRPC .* took a span/m)
    // the certificate of a test is good for a day
    expect(doctor.output).toMatch(/^FAIL {2}TLS .*\n +Replace it and its key/m)
    expect(doctor.output).toMatch(/^ok {4}tokens +1 is valid/m)
    expect(denied.output).toMatch(/^FAIL {2}OTLP\/HTTP .*401.*\n +Set OTEL_EXPORTER_OTLP_HEADERS/m)
    expect(denied.output).toMatch(/^FAIL {2}OTLP\/gRPC .*UNAUTHENTICATED.*\n +Set OTEL_EXPORTER_OTLP_HEADERS/m)
    for (const { output } of [demo, doctor, denied]) expect(output).not.toContain(token.slice(3, 20))
  })
})

test('metrics need a credential of the default tenant that may read', async () => {
  let metrics = ''
  const scrape = (headers: Record<string, string>, client: typeof acme) =>
    new Promise<number>((resolve, reject) => {
      const agent = new Agent({ ca: serverCa.cert, ...client })
      get(`${receiver.http}/metrics`, { agent, headers }, (response) => {
        text(response).then((body) => {
          metrics = response.statusCode === 200 ? body : metrics
          resolve(response.statusCode ?? 0)
        }, reject)
      }).on('error', reject)
    })
  expect(await scrape({ 'x-api-key': token }, nobody)).toBe(200)
  expect(await scrape({}, nobody)).toBe(401)
  expect(await scrape({}, acme)).toBe(403)
  const numberOf = (series: string) => Number(metrics.split(`\n${series} `)[1]?.split('\n', 1)[0])
  const seconds = Date.now() / 1000
  const end = numberOf('spanledger_certificate_not_after_timestamp_seconds{certificate="server"}')
  expect(Math.round((end - seconds) / 86_400)).toBe(1)
  expect(numberOf('spanledger_refused_credentials_total{reason="unauthenticated"}')).toBeGreaterThan(0)
})

test('the log of a receiver with certificates that end soon says so, and names no secret', () => {
  const log = receiver.log.join('\n')
  expect(log).toMatch(/the certificate in .*server\.crt ends on \d{4}-/)
  expect(log).not.toContain(token.slice(3, 20))
  expect(log).not.toContain('PRIVATE KEY')
})
