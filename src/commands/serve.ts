import { type Config, settings } from '../config/settings.ts'
import { prepareDatabases } from '../databases.ts'
import { createEvents, createLogger } from '../events.ts'
import { announce, isOneOfSeveral, type ServedAt, startProcesses } from '../processes.ts'
import { openReceiver } from '../receiver.ts'
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
  if (isOneOfSeveral) return serveAsOneOfSeveral(config)
  if (config.databaseUrl !== null && config.processes > 1) return serveWithSeveral(config, write)
  const events = createEvents(createLogger(config.logLevel))
  const receiver = await openReceiver(config, events)
  events.started(receiver)
  write(startText(receiver, config))
  await firstSignal()
  write(stoppingText)
  await stopWithin(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveAsOneOfSeveral(config: Config): Promise<undefined> {
  const events = createEvents(createLogger(config.logLevel))
  const receiver = await openReceiver(config, events)
  events.started(receiver)
  announce({ http: receiver.http, grpc: receiver.grpc, database: receiver.database })
  await firstSignal()
  await stopWithin(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveWithSeveral(config: Config, write: Write): Promise<undefined> {
  await prepareDatabases(config, createEvents(createLogger(config.logLevel)))
  const { address, stop } = await startProcesses(config.processes)
  write(startText(address, config))
  await firstSignal()
  write(stoppingText)
  await stopWithin(stop(), config.shutdownTimeoutMs + 2 * graceMs)
}

function startText({ http, grpc, database }: ServedAt, config: Config): string {
  const local = localAddress({ ...config.httpListen, port: portOf(http) })
  const elsewhere = isEverywhere(config.httpListen)
    ? `   (from another machine: http://<this host>:${portOf(http)})`
    : ''
  return [
    `Listening on ${http} (OTLP/HTTP) and ${grpc} (OTLP/gRPC)`,
    `Writing to   ${database}`,
    `Try next:    ${demoCommand(localAddress({ ...config.grpcListen, port: portOf(grpc) }), config)}`,
    `Or send:     OTEL_EXPORTER_OTLP_ENDPOINT=http://${local} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf node your-agent.js${elsewhere}`,
    '',
  ].join('\n')
}

/** The port of a listening address: where the configuration asks for any free port, the one that was given. */
function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}

/** The command line of the demo against this receiver, for another terminal. */
function demoCommand(grpc: string, config: Config): string {
  const flags = `${grpc === settings.grpcListen.default ? '' : ` --grpc-listen ${grpc}`}${databaseFlag(config)}`
  const command = flags === '' ? 'npm run demo' : `npm run demo --${flags}`
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
