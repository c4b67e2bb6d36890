import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { inProtobuf } from '../support/protobuf-request.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { absent } from './prepare.ts'
import { type Secured, type Shown, secure } from './secured.ts'

const lacks = absent('h2load', 'nghttp')
if (lacks.length > 0) console.warn('h2load not tried: not on this machine (nghttp2-client)')
const count = 100
const exportCall = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

describe.skipIf(lacks.length > 0)('one run, sent 100 times,', () => {
  test.each([
    ['OTLP/gRPC', '', 'application/grpc', exportCall],
    ['OTLP/HTTP', '--h1', 'application/x-protobuf', '/v1/traces'],
  ])('80 at a time by h2load with a bearer token: %s', async (door, flags, type, target) => {
    await trySending('bearer token', async (secured, { http, grpc }, body) => {
      const file = fileOf(secured, door === 'OTLP/gRPC' ? framed(body) : body)
      const url = `${door === 'OTLP/gRPC' ? `https://${grpc}` : http}${target}`
      const headers = [`content-type: ${type}`, 'te: trailers', `authorization: Bearer ${secured.token}`]
      const shown = headers.map((header) => `-H '${header}'`).join(' ')
      const output = await outputOf(secured, `h2load ${flags} -n ${count} -c 4 -m 20 -d ${file} ${shown} ${url}`)
      expect(output).toContain(`${count} succeeded, 0 failed, 0 errored, 0 timeout`)
    })
  })

  // h2load has no option for a client certificate; nghttp, of the same package and library, has
  test('all at a time by nghttp with a client certificate: OTLP/gRPC', async () => {
    await trySending('client certificate', async (secured, { grpc }, body) => {
      const { 'client.crt': cert, 'client.key': key } = secured.files
      const own = `--cert=${cert} --key=${key} -H 'content-type: application/grpc' -H 'te: trailers'`
      const file = fileOf(secured, framed(body))
      const output = await outputOf(secured, `nghttp -nvy -m ${count} -d ${file} ${own} https://${grpc}${exportCall}`)
      expect(output.match(/grpc-status: 0\b/g)).toHaveLength(count)
    })
  })
})

type Doors = Pick<Awaited<ReturnType<typeof openTestReceiver>>, 'http' | 'grpc'>

/** Lets a program send a run so many times to a receiver that asks who it is: the run must be there once. */
async function trySending(
  shown: Shown,
  send: (secured: Secured, doors: Doors, body: Uint8Array) => Promise<void>,
): Promise<void> {
  using secured = secure(shown)
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url, secured.settings)
  const run = smallRun('h2load')
  await send(secured, receiver, inProtobuf(tracesRequest(run)).body)
  await using client = await connect(database.url)
  const { rows } = await client.query('select workflow_id, total_tokens from task_executions')
  expect(rows).toEqual([{ workflow_id: 'h2load', total_tokens: 15 }])
  const { committed, duplicate } = receiver.counters().items.traces
  expect({ committed, duplicate }).toEqual({ committed: run.length, duplicate: run.length * (count - 1) })
}

/** A message as gRPC sends it: uncompressed, with its length. */
function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

function fileOf({ folder }: Secured, bytes: Uint8Array): string {
  const file = path.join(folder, 'body')
  writeFileSync(file, bytes)
  return file
}

async function outputOf({ folder }: Secured, script: string): Promise<string> {
  await using run = runShell(script, { cwd: folder })
  run.input.end()
  expect(await run.exited, run.output()).toBe(0)
  return run.output()
}
