import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import * as grpc from '@grpc/grpc-js'
import type { Settings } from '../support/command.ts'

const senders = 8

export interface RunningReceiver {
  /** OTLP/gRPC, host:port. */
  readonly address: string
  /** OTLP/HTTP, a base URL. */
  readonly http: string
  stop(): Promise<void>
}

/** A receiver as `npm start` starts it, on free ports; resolves when it listens. */
export async function startReceiver(settings: Settings): Promise<RunningReceiver> {
  const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js')
  const env = {
    ...process.env,
    SPANLEDGER_GRPC_LISTEN: '127.0.0.1:0',
    SPANLEDGER_HTTP_LISTEN: '127.0.0.1:0',
    ...settings,
  }
  const child = spawn(
    process.execPath,
    [...(process.env.BENCH_NODE_FLAGS ?? '--max-semi-space-size=64').split(' '), cli, 'serve'],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let output = ''
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (/OTLP\/gRPC/.test(output)) resolve()
    })
  })
  const [, http, address] = /on (\S+) \(OTLP\/HTTP\) and (\S+) \(OTLP\/gRPC\)/.exec(output)!
  return {
    address: address!,
    http: http!,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Sends the requests until all are acknowledged, eight at a time. */
export async function sendAll(address: string, bodies: readonly Uint8Array[]): Promise<void> {
  await Promise.all(
    Array.from({ length: senders }, async (_, sender) => {
      const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
      })
      for (let i = sender; i < bodies.length; i += senders) await send(client, Buffer.from(bodies[i]!))
      client.close()
    }),
  )
}

/** Sends until it is acknowledged: what is given back is sent again, as the protocol asks. */
async function send(client: grpc.Client, body: Buffer): Promise<void> {
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  const pass = (bytes: Buffer) => bytes
  for (;;) {
    const error = await new Promise<grpc.ServiceError | null>((resolve) =>
      client.makeUnaryRequest(method, pass, pass, body, (failure, answer) => {
        if (failure === null && answer!.length > 0) throw new Error(`partial success: ${answer!.toString()}`)
        resolve(failure)
      }),
    )
    if (error === null) return
    if (error.code !== grpc.status.UNAVAILABLE) throw error
  }
}
