import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { inProtobuf } from '../support/protobuf-request.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { absent } from './prepare.ts'
import { secure } from './secured.ts'

const lacks = absent('h2load')
if (lacks.length > 0) console.warn('h2load not tried: not on this machine (nghttp2-client)')
const count = 100

describe.skipIf(lacks.length > 0)('h2load, with TLS and a bearer token, sends one run 100 times, 80 at a time:', () => {
  test.each([
    ['OTLP/gRPC', '', 'application/grpc', '/opentelemetry.proto.collector.trace.v1.TraceService/Export'],
    ['OTLP/HTTP', '--h1', 'application/x-protobuf', '/v1/traces'],
  ])('%s', async (door, flags, type, target) => {
    using secured = secure()
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url, secured.settings)
    const run = smallRun('h2load')
    const { body } = inProtobuf(tracesRequest(run))
    const head = Buffer.alloc(5)
    head.writeUInt32BE(body.length, 1)
    const file = path.join(secured.folder, 'body')
    writeFileSync(file, door === 'OTLP/gRPC' ? Buffer.concat([head, body]) : body)
    const url = `${door === 'OTLP/gRPC' ? `https://${receiver.grpc}` : receiver.http}${target}`
    const headers = [`content-type: ${type}`, 'te: trailers', `authorization: Bearer ${secured.token}`]
    const shown = headers.map((header) => `-H '${header}'`).join(' ')
    await using h2load = runShell(`h2load ${flags} -n ${count} -c 4 -m 20 -d ${file} ${shown} ${url}`, {
      cwd: secured.folder,
    })
    h2load.input.end()
    expect(await h2load.exited, h2load.output()).toBe(0)
    expect(h2load.output()).toContain(`${count} succeeded, 0 failed, 0 errored, 0 timeout`)
    await using client = await connect(database.url)
    const { rows } = await client.query('select workflow_id, total_tokens from task_executions')
    expect(rows).toEqual([{ workflow_id: 'h2load', total_tokens: 15 }])
    const { committed, duplicate } = receiver.counters().items.traces
    expect({ committed, duplicate }).toEqual({ committed: run.length, duplicate: run.length * (count - 1) })
  })
})
