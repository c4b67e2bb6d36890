import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { Malformed, Unavailable } from '../../src/errors.ts'
import { full, grpcServer, httpServer } from './servers.ts'

type Door = Awaited<ReturnType<typeof httpServer>> | Awaited<ReturnType<typeof grpcServer>>
type Open = (receive?: Parameters<typeof httpServer>[0]) => Promise<Door>

const http: Open = (changes) => httpServer(changes)
const grpc: Open = (changes = {}) => grpcServer(changes.receive ? { receive: changes.receive } : {})
const gzip = { compression: 'gzip' as never }

const exporters: [string, Open, (address: string) => SpanExporter][] = [
  ['http/json', http, (base) => new JsonExporter({ url: `${base}/v1/traces` })],
  ['http/json gzip', http, (base) => new JsonExporter({ url: `${base}/v1/traces`, ...gzip })],
  ['http/protobuf', http, (base) => new ProtobufExporter({ url: `${base}/v1/traces` })],
  ['http/protobuf gzip', http, (base) => new ProtobufExporter({ url: `${base}/v1/traces`, ...gzip })],
  ['grpc', grpc, (address) => new GrpcExporter({ url: `http://${address}` })],
  ['grpc gzip', grpc, (address) => new GrpcExporter({ url: `http://${address}`, ...gzip })],
]

describe('the official exporters', () => {
  it.each(exporters)('R1 R12: %s succeeds, and its bytes are decompressed', async (_, open, make) => {
    await using server = await open()
    expect(await exportOnce(make(server.address))).toEqual({ code: 0, error: undefined })
    expect(server.received).toHaveLength(1)
    expect(
      Buffer.from(server.received[0]!.body).toString('latin1'),
      'a span’s name is readable in either format',
    ).toContain('a span to send')
  })

  it.each(exporters)('R52: %s does not retry a malformed request', async (_, open, make) => {
    let asked = 0
    await using server = await open({
      receive: async () => {
        asked++
        throw new Malformed('no OTLP')
      },
    })
    expect((await exportOnce(make(server.address))).code).toBe(1)
    expect(asked).toBe(1)
  })

  // The gRPC exporter of JavaScript never retries (R57).
  it.each(exporters.filter(([name]) => name.startsWith('http')))(
    'R40: %s retries after the second that Retry-After asks for',
    async (_, open, make) => {
      const asked: number[] = []
      await using server = await open({
        receive: async () => {
          asked.push(performance.now())
          if (asked.length === 1) throw new Unavailable('away')
          return full
        },
      })
      expect((await exportOnce(make(server.address))).code).toBe(0)
      expect(asked).toHaveLength(2)
      expect(asked[1]! - asked[0]!).toBeGreaterThan(990)
    },
  )
})

async function exportOnce(exporter: SpanExporter): Promise<{ code: number; error: unknown }> {
  try {
    return await new Promise((resolve) => exporter.export([aSpan()], ({ code, error }) => resolve({ code, error })))
  } finally {
    await exporter.shutdown()
  }
}

function aSpan(): ReadableSpan {
  const memory = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] })
  provider.getTracer('test').startSpan('a span to send').end()
  return memory.getFinishedSpans()[0]!
}
