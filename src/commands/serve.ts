import { checkExposure } from '../config/exposure.ts'
import { type Config, settings } from '../config/settings.ts'
import { createEvents, createLogger, type Events } from '../events/events.ts'
import { type Collect, collectAsFirst, collectAsOneOfSeveral, collectOwn } from '../metrics/of-processes.ts'
import { openPush, type PushOptions } from '../metrics/push.ts'
import { type Metrics, openMetrics } from '../metrics/registry.ts'
import { prepareDatabases } from '../prepare-databases.ts'
import { limitGarbage } from '../receiver/garbage.ts'
import { announce, isOneOfSeveral, type ServedAt, startProcesses } from '../receiver/processes.ts'
import { openReceiver } from '../receiver.ts'
import { readVersion } from '../version.ts'
import type { CommandInput } from './command-line/command.ts'
import { isEverywhere, localAddress } from './connect/local-address.ts'
import { databaseFlag } from './connect/open-database.ts'

// The receiver keeps its deadline by itself. A stop that takes longer than this beyond the deadline hangs.
const graceMs = 2_000

// The second signal finds no listener and so ends the process at once.
const stoppingText = 'Stopping: what is in flight is committed first (again to stop at once)\n'

type Write = CommandInput['write']

/** Receives OTLP and writes rows until SIGTERM or SIGINT. */
export async function run({ config, write }: CommandInput): Promise<undefined> {
  limitGarbage()
  if (isOneOfSeveral) return serveAsOneOfSeveral(config)
  checkExposure(config)
  if (config.databaseUrl !== null && config.processes > 1) return serveWithSeveral(config, write)
  const { events, metrics } = observed(config)
  const collect = collectOwn(metrics)
  const receiver = await openReceiver(config, events, { metrics, collect })
  const push = await openPush(pushOptions(collect, receiver, events))
  events.started(receiver)
  write(startText(receiver, config))
  await firstSignal()
  write(stoppingText)
  await stopWithin(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  await push[Symbol.asyncDispose]()
  events.stopped()
}

/** The events and metrics of this process. */
function observed(config: Config): { readonly events: Events; readonly metrics: Metrics } {
  const metrics = openMetrics()
  return {
    metrics,
    events: createEvents(createLogger(config.logLevel), { metrics, countTenants: config.metricsTenants }),
  }
}

function pushOptions(collect: Collect, { http, grpc }: ServedAt, { warning }: Events): PushOptions {
  const ownPorts = [http, grpc].map(portOf)
  return { collect, env: process.env, version: readVersion(), ownPorts, warn: warning }
}

async function serveAsOneOfSeveral(config: Config): Promise<undefined> {
  const { events, metrics } = observed(config)
  const receiver = await openReceiver(config, events, { metrics, collect: collectAsOneOfSeveral(metrics) })
  events.started(receiver)
  announce({ http: receiver.http, grpc: receiver.grpc, database: receiver.database })
  await firstSignal()
  await stopWithin(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveWithSeveral(config: Config, write: Write): Promise<undefined> {
  const { events } = observed(config)
  await prepareDatabases(config, events)
  const collect = collectAsFirst()
  const { address, stop } = await startProcesses(config.processes)
  const push = await openPush(pushOptions(collect, address, events))
  write(startText(address, config))
  await firstSignal()
  write(stoppingText)
  await push[Symbol.asyncDispose]()
  await stopWithin(stop(), config.shutdownTimeoutMs + 2 * graceMs)
}

function startText({ http, grpc, database }: ServedAt, config: Config): string {
  const local = localAddress({ ...config.httpListen, port: portOf(http) })
  const scheme = config.tlsCertFile === null ? 'http' : 'https'
  const credential = headersOf(config)
  const elsewhere = isEverywhere(config.httpListen)
    ? `   (from another machine: ${scheme}://<this host>:${portOf(http)})`
    : ''
  return [
    `Listening on ${http} (OTLP/HTTP) and ${grpc} (OTLP/gRPC)`,
    `Writing to   ${database}`,
    ...(config.page === 'off' ? [] : [`The page is  ${scheme}://${pageAddress(config.page, local)}/`]),
    `Try next:    ${demoCommand(localAddress({ ...config.grpcListen, port: portOf(grpc) }), config)}`,
    `Or send:     OTEL_EXPORTER_OTLP_ENDPOINT=${scheme}://${local} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf ${credential}node your-agent.js${elsewhere}`,
    '',
  ].join('\n')
}

function pageAddress(page: Exclude<Config['page'], 'off'>, http: string): string {
  return page === 'on' ? http : localAddress(page)
}

/** The port of a listening address: where the configuration asks for any free port, the one that was given. */
function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}

/** The variable by which a sender shows its token, where one is asked for. */
function headersOf({ tokens }: Config): string {
  return tokens === 'none' ? '' : 'OTEL_EXPORTER_OTLP_HEADERS="x-api-key=<token>" '
}

/** The command line of the demo against this receiver, for another terminal. */
function demoCommand(grpc: string, config: Config): string {
  const flags = `${grpc === settings.grpcListen.default ? '' : ` --grpc-listen ${grpc}`}${databaseFlag(config)}`
  const command = `${headersOf(config)}npx spanledger demo${flags}`
  return config.databaseUrl === null
    ? `${command}   (in another terminal)`
    : `${command}   (in another terminal, with the same DATABASE_URL)`
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.removeListener(signal, stop)
      resolve()
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  })
}

/** Waits for the stop. Ends the process with 1 when it takes longer, as a connection that hangs would make it. */
async function stopWithin(stopped: Promise<void>, milliseconds: number): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write(
      `Not everything came to its end within ${milliseconds} ms; senders still have what was not acknowledged\n`,
    )
    process.exit(1)
  }, milliseconds)
  await stopped
  clearTimeout(timer)
}
