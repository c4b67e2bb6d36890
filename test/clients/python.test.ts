import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { openServers } from '../../src/databases.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf } from '../../src/store/tenants/tenant-servers.ts'
import { addToken } from '../../src/store/tenants/tokens.ts'
import { makeCa, writeFiles } from '../support/certificates.ts'
import { runShell, settingsFor } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { snippet } from '../support/documents.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { absent, prepare } from './prepare.ts'
import { testClient } from './trial.ts'

const habits = { sendsMetrics: true, resendsAfterCut: true, resendsWhenAsked: true }

const app = {
  name: 'python',
  files: ['python/app.py', 'python/constraints.txt'],
  script: `python3 -m venv . && export PIP_CONSTRAINT=constraints.txt\n${snippet('python install')}`,
  programs: ['bin'],
}

testClient({ name: 'Python SDK', lacks: absent('python3'), app, start: 'python', ways: { http: habits, grpc: habits } })

describe('the Python SDK over mTLS', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-python-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    ['grpc', 'x-api-key='],
    ['http/protobuf', 'authorization=Bearer%20'],
  ])('its variables give it certificates and a token: %s', async (protocol, header) => {
    if (absent('python3').length > 0) return expect(absent('python3')).toEqual(['python3'])
    const workplace = await prepare(app)
    const [servers, clients] = [makeCa('servers'), makeCa('clients')]
    const [own, client] = [servers.issue(['localhost', '127.0.0.1']), clients.issue(['python.example'])]
    const files = writeFiles(folder, {
      'server.crt': own.cert,
      'server.key': own.key,
      'servers.crt': servers.cert,
      'clients.crt': clients.cert,
      'client.crt': client.cert,
      'client.key': client.key,
    })
    await using place = await freshDatabase()
    const token = newTokenText()
    {
      await using databases = await openServers(configOf(settingsFor(place.url, {})))
      for (const tenant of ['', 'acme']) await migrate(databaseOf(databases, tenant))
      const times = { notBeforeMs: null, expiresAtMs: null }
      const stored = { id: 'a', name: '', tenant: 'acme', scopes: 'send', hash: tokenHash(token), ...times }
      await addToken(databaseOf(databases, ''), stored)
    }
    await using receiver = await openTestReceiver(place.url, {
      SPANLEDGER_TLS_CERT_FILE: files['server.crt']!,
      SPANLEDGER_TLS_KEY_FILE: files['server.key']!,
      SPANLEDGER_TLS_CLIENT_CA_FILE: files['clients.crt']!,
      SPANLEDGER_TOKENS: 'table',
    })
    await using run = runShell(snippet('python'), {
      cwd: workplace.folder,
      path: workplace.path,
      env: {
        // requests, which it sends HTTP with, would take these machine-wide ones instead
        REQUESTS_CA_BUNDLE: '',
        CURL_CA_BUNDLE: '',
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? `https://${receiver.grpc}` : receiver.http,
        OTEL_EXPORTER_OTLP_HEADERS: `${header}${token}`,
        OTEL_EXPORTER_OTLP_CERTIFICATE: files['servers.crt']!,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: files['client.crt']!,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: files['client.key']!,
      },
    })
    run.input.end('Lisbon\n')
    expect({ code: await run.exited, output: run.output() }).toMatchObject({ code: 0 })
    await using reader = await connect(place.url)
    const { rows } = await reader.query('select workflow_id, status from acme.task_executions')
    expect(rows, run.output()).toEqual([{ workflow_id: 'question-1', status: 'COMPLETED' }])
    expect((await reader.query('select from public.task_executions')).rows).toEqual([])
  })
})
