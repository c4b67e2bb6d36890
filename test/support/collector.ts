import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { untilBuilt } from './building.ts'
import { snippet } from './documents.ts'
import { freePort } from './postgres.ts'

const root = path.join(import.meta.dirname, '..', '..')

const folder = path.join(root, '.cache', 'collector')

/** The Collector that `npm run collector:build` makes. */
const binary = path.join(folder, 'otelcol')

/** Whether there is a Collector to test with. `.ci/run` builds it beside the other tests: these wait for it. */
export const isCollectorBuilt: boolean = await isBuilt()

async function isBuilt(): Promise<boolean> {
  await untilBuilt(folder)
  return existsSync(binary)
}

/** A part of the Collector's configuration, or YAML of it: merged over otel-config.yaml, lists are replaced. */
export type Changes = Part | string
export type Part = Readonly<Record<string, unknown>>

/** The ports that a Collector listens on. */
export interface Ports {
  readonly http: number
  readonly grpc: number
  readonly health: number
}

/** A Collector that runs with otel-config.yaml. */
export interface TestCollector extends AsyncDisposable {
  /** Where it receives: a base URL and host:port. */
  readonly http: string
  readonly grpc: string
  readonly ports: Ports
  readonly output: () => string
  /** Ends it, with SIGKILL at once; its queue stays. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** An empty folder for a queue, which goes with the test. */
export async function queueFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-collector-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Where a Collector keeps its queue and whom it sends to. */
export interface Forwarding {
  readonly queue: string
  /** host:port of OTLP/gRPC. */
  readonly ledger: string
  readonly changes?: readonly Changes[]
  /** Free ones, unless a Collector is started again for the same senders. */
  readonly ports?: Ports
}

/** Starts it; resolves when it is healthy, and rejects with its output when it ends before. */
export async function startCollector({ queue, ledger, changes = [], ports }: Forwarding): Promise<TestCollector> {
  const { http, grpc, health } = ports ?? { http: await freePort(), grpc: await freePort(), health: await freePort() }
  const places = { GRPC_PORT: grpc, HTTP_PORT: http, HEALTH_PORT: health, METRICS_PORT: await freePort() }
  const child = spawn(binary, configs(changes), {
    env: environment({ QUEUE_DIR: queue, LEDGER_ENDPOINT: ledger, ...places }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(child, 'close')
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    await ended
  }
  while (!(await isHealthy(health)))
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The Collector ended: ${output}`)
  return {
    http: `http://127.0.0.1:${http}`,
    grpc: `127.0.0.1:${grpc}`,
    ports: { http, grpc, health },
    output: () => output,
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

/** What docs/sending.md says of HTTP instead of gRPC, with an endpoint and settings of the exporter. */
export function throughHttp(endpoint: string, exporter: Part = {}): readonly Changes[] {
  return [snippet('collector over http'), { exporters: { otlp_http: { endpoint, ...exporter } } }]
}

/** What the Collector makes of otel-config.yaml, all defaults written out, and what it says to it. Rejects where it isn't valid. */
export async function printConfig(
  changes: readonly Changes[] = [],
): Promise<{ readonly config: Part; readonly said: string }> {
  const run = promisify(execFile)
  await using queue = await queueFolder()
  const args = ['print-config', '--format', 'json', ...configs(changes)]
  const { stdout, stderr } = await run(binary, args, { env: environment({ QUEUE_DIR: queue.path }) })
  return { config: JSON.parse(stdout), said: stderr }
}

/** Later ones win over earlier ones. */
function configs(all: readonly Changes[]): string[] {
  const yamls = all.map((changes) => (typeof changes === 'string' ? changes : JSON.stringify(changes)))
  const locations = [path.join(root, 'otel-config.yaml'), ...yamls.map((yaml) => `yaml:${yaml}`)]
  return locations.flatMap((location) => ['--config', location])
}

function environment(variables: Readonly<Record<string, string | number>>): NodeJS.ProcessEnv {
  const texts = Object.entries(variables).map(([name, value]) => [name, String(value)])
  return { PATH: process.env.PATH, ...Object.fromEntries(texts) }
}

async function isHealthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}`).then(
    ({ ok }) => ok,
    () => new Promise((resolve) => setTimeout(resolve, 20, false)),
  )
}
