import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Settings } from '../support/command.ts'

export interface RunningReceiver {
  readonly pid: number
  /** OTLP/gRPC, host:port. */
  readonly address: string
  /** OTLP/HTTP, a base URL. */
  readonly http: string
  stop(): Promise<void>
}

const builtCli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js')

/** A receiver as `npm start` starts it, on free ports; resolves when it listens. BENCH_CLI names the cli.js of another build. */
export async function startReceiver(
  settings: Settings,
  cli: string = process.env.BENCH_CLI ?? builtCli,
): Promise<RunningReceiver> {
  const flags = (process.env.BENCH_NODE_FLAGS ?? '--max-semi-space-size=16').split(' ')
  const env = {
    ...process.env,
    SPANLEDGER_GRPC_LISTEN: '127.0.0.1:0',
    SPANLEDGER_HTTP_LISTEN: '127.0.0.1:0',
    SPANLEDGER_LOG_LEVEL: 'warn',
    ...settings,
  }
  const child = spawn(process.execPath, [...flags, cli, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const listening = /on (\S+) \(OTLP\/HTTP\) and (\S+) \(OTLP\/gRPC\)/
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (listening.test(output)) resolve()
    })
    child.on('exit', () => reject(new Error(`the receiver ends: ${output}`)))
  })
  const [, http, address] = listening.exec(output)!
  return {
    pid: child.pid!,
    address: address!,
    http: http!,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
