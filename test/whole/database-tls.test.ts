import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { makeCa, writeFiles } from '../support/certificates.ts'
import { outcomeOf } from '../support/command.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase, startPostgres, statement, type TestPostgres } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-database-tls-'))
const serverCa = makeCa('servers')
const clientCa = makeCa('clients')
let server: TestPostgres

/** A PostgreSQL that takes connections over TLS only, with a client certificate of `clientCa`. */
beforeAll(async () => {
  const own = serverCa.issue(['127.0.0.1', 'localhost'])
  const client = clientCa.issue(['postgres'])
  const files = writeFiles(folder, {
    'server.crt': own.cert,
    'server.key': own.key,
    'clients.crt': clientCa.cert,
    'servers.crt': serverCa.cert,
    'client.crt': client.cert,
    'client.key': client.key,
  })
  // PostgreSQL takes a key of its own user only
  const { uid, gid } = statSync(inject('cluster').folder)
  for (const name of [folder, ...Object.values(files)]) chownSync(name, uid, gid)
  server = await startPostgres([
    ...['-c', 'ssl=on', '-c', `ssl_cert_file=${files['server.crt']}`, '-c', `ssl_key_file=${files['server.key']}`],
    ...['-c', `ssl_ca_file=${files['clients.crt']}`],
  ])
  const rule = 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca'
  writeFileSync(path.join(server.folder, 'pg_hba.conf'), `${rule}\n`)
  await statement(server.url, 'select pg_reload_conf()')
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** The URL with parameters of TLS, whose files are those of the folder. */
function urlWith(parameters: Readonly<Record<string, string>>): string {
  const url = new URL(server.url)
  for (const [name, value] of Object.entries(parameters))
    url.searchParams.set(name, name === 'sslmode' ? value : path.join(folder, value))
  return url.href
}

const whole = { sslmode: 'verify-full', sslrootcert: 'servers.crt', sslcert: 'client.crt', sslkey: 'client.key' }

test("rows are written over TLS with a client certificate, into a tenant's own server too", async () => {
  const url = urlWith(whole)
  await using plain = await freshDatabase()
  expect(await outcomeOf(['tenant', 'add', 'acme', '--database-url', url], {})).toMatchObject({ code: 0 })
  const made = await outcomeOf(['token', 'create', '--tenant', 'acme', '--json'], {
    DATABASE_URL: plain.url,
    SPANLEDGER_TENANTS: JSON.stringify({ acme: url }),
  })
  const { token } = JSON.parse(made.output) as { token: string }
  await using _own = await openTestReceiver(url)
  await using receiver = await openTestReceiver(plain.url, {
    SPANLEDGER_TENANTS: JSON.stringify({ acme: url }),
    SPANLEDGER_TOKENS: 'table',
  })
  const sent = await send(tracesRequest(smallRun('over-tls')), receiver.http, { 'x-api-key': token })
  expect(sent.status).toBe(200)
  await using client = await connect(url)
  expect((await client.query('select workflow_id from acme.task_executions')).rows).toEqual([
    { workflow_id: 'over-tls' },
  ])
  const { rows } = await client.query(
    "select distinct s.ssl, s.version from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'spanledger'",
  )
  expect(rows).toEqual([{ ssl: true, version: 'TLSv1.3' }])
})

test('the variables of libpq say the same', async () => {
  const { hostname, port, username, password } = new URL(server.url)
  const listed = await outcomeOf(['tenant', 'list'], {
    ...{ PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: 'postgres' },
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: path.join(folder, 'servers.crt'),
    PGSSLCERT: path.join(folder, 'client.crt'),
    PGSSLKEY: path.join(folder, 'client.key'),
  })
  expect(listed).toEqual({ code: 0, output: expect.stringContaining('acme') })
})

test.each([
  ['without TLS', { sslmode: 'disable' }, /no encryption/, 2],
  ['a server whose CA is not trusted', { sslmode: 'verify-full' }, /unable to verify|self.signed|issuer/, 1],
  [
    'a server of another CA',
    { ...whole, sslrootcert: 'clients.crt' },
    /unable to verify|self.signed|issuer|signature/,
    1,
  ],
  [
    'no client certificate',
    { sslmode: 'verify-full', sslrootcert: 'servers.crt' },
    /requires a valid client certificate/,
    2,
  ],
  ['a file that is missing', { ...whole, sslrootcert: 'nothing.crt' }, /ENOENT/, 1],
])('nothing is sent over a connection that is not as DATABASE_URL says: %s', async (_, parameters, why, expected) => {
  const { code, output } = await outcomeOf(['tenant', 'list'], { DATABASE_URL: urlWith(parameters) })
  expect({ code, output }).toMatchObject({ code: expected, output: expect.stringMatching(why) })
  expect(output).not.toContain(new URL(server.url).password)
})
