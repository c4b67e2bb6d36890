import { createEvents, createLogger } from '../events.ts'
import { type Address, announce, isOneOfSeveral, startProcesses } from '../processes.ts'
import { openReceiver, prepareDatabase } from '../receiver.ts'
import { type Config, settings } from '../settings.ts'
import type { Given } from './command.ts'

// The receiver keeps its deadline by itself; what is over it by more than this hangs.
const graceMs = 2_000

// After the first signal the second finds no listener: it ends the process at once, as signals do by themselves.
const goodbye = 'Stopping: what is in flight is committed first (again to stop at once)\n'

type Write = Given['write']

/** Serves until SIGTERM or SIGINT. */
export async function run({ config, write }: Given): Promise<undefined> {
  if (isOneOfSeveral) return serveAsOneOfSeveral(config)
  if (config.databaseUrl !== null && config.processes > 1) return serveWithSeveral(config, write)
  const events = createEvents(createLogger(config.logLevel))
  const receiver = await openReceiver(config, events)
  events.started(receiver)
  write(welcome(receiver, config))
  await firstSignal()
  write(goodbye)
  await withinDeadline(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveAsOneOfSeveral(config: Config): Promise<undefined> {
  const events = createEvents(createLogger(config.logLevel))
  const receiver = await openReceiver(config, events)
  events.started(receiver)
  announce({ http: receiver.http, grpc: receiver.grpc, database: receiver.database })
  await firstSignal()
  await withinDeadline(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveWithSeveral(config: Config, write: Write): Promise<undefined> {
  await prepareDatabase(config)
  const { address, stop } = await startProcesses(config.processes)
  write(welcome(address, config))
  await firstSignal()
  write(goodbye)
  await withinDeadline(stop(), config.shutdownTimeoutMs + 2 * graceMs)
}

function welcome({ http, grpc, database }: Address, { databaseUrl, dataDir }: Config): string {
  const look =
    databaseUrl === null
      ? `spanledger explain <trace id or workflow id>${dataDir === settings.dataDir.default ? '' : ` --data-dir ${dataDir}`}`
      : 'select workflow_id, status, total_tokens, total_cost_usd from task_executions'
  return [
    `Listening on ${http} (OTLP/HTTP) and ${grpc} (OTLP/gRPC)`,
    `Writing to   ${database}`,
    `Try next:    start an app with OTEL_EXPORTER_OTLP_ENDPOINT=${http} and OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf,`,
    `             then: ${look}`,
    '',
  ].join('\n')
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

/** Waits for the stop, but not for ever, as a connection that hangs would have it. */
async function withinDeadline(stopped: Promise<void>, milliseconds: number): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write(
      `Not everything came to its end within ${milliseconds} ms; senders still have what was not acknowledged\n`,
    )
    process.exit(1)
  }, milliseconds)
  await stopped
  clearTimeout(timer)
}
