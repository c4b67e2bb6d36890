import path from 'node:path'
import * as grpc from '@grpc/grpc-js'
import protobuf from 'protobufjs'
import 'protobufjs/ext/descriptor.js'
import descriptor from 'protobufjs/ext/descriptor.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { healthMethods } from '../../../src/accept/grpc/health.ts'
import { reflectionMethods } from '../../../src/accept/grpc/reflection.ts'
import { grpcClient, grpcServer, rawCall } from '../servers.ts'

const proto = path.join(import.meta.dirname, '..', '..', '..', 'proto')
const root = new protobuf.Root()
root.resolvePath = (_, target) => (path.isAbsolute(target) ? target : path.join(proto, target))
root.loadSync(['grpc/health/v1/health.proto', 'grpc/reflection/v1/reflection.proto'])

/** Writes and reads messages by the official description of them. */
function codec(name: string) {
  const type = root.lookupType(name)
  return {
    write: (value: object) => Buffer.from(type.encode(type.fromObject(value)).finish()),
    read: (bytes: Buffer) => type.toObject(type.decode(bytes), { enums: String, arrays: true }),
  }
}

const health = {
  request: codec('grpc.health.v1.HealthCheckRequest'),
  response: codec('grpc.health.v1.HealthCheckResponse'),
}
const reflection = {
  request: codec('grpc.reflection.v1.ServerReflectionRequest'),
  response: codec('grpc.reflection.v1.ServerReflectionResponse'),
}

let ready = true
let server: Awaited<ReturnType<typeof grpcServer>>
let client: grpc.Client

beforeAll(async () => {
  const methods = new Map([...healthMethods(async () => ready), ...reflectionMethods()])
  server = await grpcServer({ methods })
  client = grpcClient(server.address).client
})

afterAll(async () => {
  client.close()
  await server.stop()
})

function check(service: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      health.request.write,
      health.response.read,
      { service },
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    )
  })
}

/** Asks the reflection of a version, and returns the answers of one stream. */
async function reflect(version: string, ...requests: readonly object[]): Promise<Record<string, unknown>[]> {
  const call = client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    reflection.request.write,
    reflection.response.read,
  )
  for (const request of requests) call.write(request)
  call.end()
  const answers: Record<string, unknown>[] = []
  for await (const answer of call) answers.push(answer as Record<string, unknown>)
  return answers
}

describe('grpc.health.v1.Health', () => {
  test.each(['', 'opentelemetry.proto.collector.trace.v1.TraceService'])(
    'Check of "%s" says SERVING',
    async (service) => {
      expect(await check(service)).toEqual({ status: 'SERVING' })
    },
  )

  test('Check of an unknown service is NOT_FOUND', async () => {
    await expect(check('none')).rejects.toMatchObject({ code: grpc.status.NOT_FOUND })
  })

  test('Watch sends the status now, and whenever it changes', async () => {
    const call = client.makeServerStreamRequest(
      '/grpc.health.v1.Health/Watch',
      health.request.write,
      health.response.read,
      { service: '' },
    )
    const seen: unknown[] = []
    call.on('error', () => {})
    for await (const { status } of call as AsyncIterable<{ status: string }>) {
      seen.push(status)
      ready = status !== 'SERVING'
      if (seen.length === 3) break
    }
    ready = true
    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING'])
  })
})

describe('server reflection', () => {
  test.each(['v1', 'v1alpha'])('%s lists the services', async (version) => {
    const [answer] = await reflect(version, { listServices: '' })
    expect(answer!.listServicesResponse).toEqual({
      service: expect.arrayContaining([
        { name: 'opentelemetry.proto.collector.trace.v1.TraceService' },
        { name: 'opentelemetry.proto.collector.logs.v1.LogsService' },
        { name: 'grpc.health.v1.Health' },
        { name: 'grpc.reflection.v1.ServerReflection' },
      ]),
    })
  })

  test('a client can build the messages of a service from the files that it gets', async () => {
    const symbol = 'opentelemetry.proto.collector.trace.v1.TraceService'
    const [answer] = await reflect('v1', { fileContainingSymbol: symbol })
    const { fileDescriptorProto } = answer!.fileDescriptorResponse as { fileDescriptorProto: Uint8Array[] }
    const file = fileDescriptorProto.map((bytes) => descriptor.FileDescriptorProto.decode(bytes))
    const names = file.map(({ name }) => name)
    expect(names).toContain('opentelemetry/proto/trace/v1/trace.proto')
    for (const { dependency = [] } of file) expect(names).toEqual(expect.arrayContaining([...dependency!]))
    const built = protobuf.Root.fromDescriptor({ file } as never).resolveAll()
    expect(Object.keys(built.lookupService(symbol).methods)).toEqual(['Export'])
    expect(Object.keys(built.lookupType('opentelemetry.proto.trace.v1.Span').fields)).toContain('traceId')
  })

  test('answers each message of a stream, and what is unknown with NOT_FOUND', async () => {
    const answers = await reflect(
      'v1',
      { fileByFilename: 'grpc/health/v1/health.proto' },
      { fileContainingSymbol: 'no.such.Thing' },
      { fileContainingSymbol: 'grpc.health.v1.Health.Check' },
    )
    expect(answers.map((answer) => Object.keys(answer).find((key) => key.endsWith('Response')))).toEqual([
      'fileDescriptorResponse',
      'errorResponse',
      'fileDescriptorResponse',
    ])
    expect(answers[1]!.errorResponse).toMatchObject({ errorCode: grpc.status.NOT_FOUND })
  })
})

test('a call whose message is too long is ended', async () => {
  using call = rawCall(server.address, { ':path': '/grpc.health.v1.Health/Check' })
  const closed = new Promise((resolve) => call.stream.once('close', resolve))
  call.stream.write(Buffer.alloc(200_000, 1))
  await closed
})

test('without the settings neither is there', async () => {
  const plain = await grpcServer()
  using call = rawCall(plain.address, { ':path': '/grpc.health.v1.Health/Check' })
  call.stream.end()
  expect(await call.status).toBe(grpc.status.UNIMPLEMENTED)
  await plain.stop()
})
