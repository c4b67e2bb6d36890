#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander'
import { type Config, type Flags, readConfig } from './config.ts'
import { SpanledgerError } from './errors.ts'
import { createEvents, createLogger } from './events.ts'
import { type Address, announce, isOneOfSeveral, StartFailed, startProcesses } from './processes.ts'
import { settings } from './settings.ts'

// What was asked for is wrong, as shells use it; anything else that goes wrong is 1.
const usageExitCode = 2

// The receiver keeps its deadline by itself; what is over it by more than this hangs.
const graceMs = 2_000

// After the first signal the second finds no listener: it ends the process at once, as signals do by themselves.
const goodbye = 'Stopping: what is in flight is committed first (again to stop at once)\n'

process.exitCode = await run(process.argv)
// the channel to the first process would keep this one alive
if (isOneOfSeveral) process.channel?.unref()

/** Runs one command line to its end and gives the exit code. */
async function run(argv: readonly string[]): Promise<number> {
  try {
    await commands().parseAsync(argv)
    return 0
  } catch (error) {
    // Commander has already written why, or what was asked for (--help).
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode
    if (error instanceof StartFailed) return error.exitCode
    const known = error instanceof SpanledgerError
    process.stderr.write(known ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`)
    return known && error.kind === 'configuration' ? usageExitCode : 1
  }
}

function commands(): Command {
  const program = new Command('spanledger').description(
    'OpenTelemetry in, an exact ledger of agent work in PostgreSQL out.',
  )
  program.exitOverride().showHelpAfterError('(spanledger serve --help lists every setting)')
  command(program, 'serve', 'receive OTLP and write the rows, until SIGTERM or SIGINT').action(serve)
  command(program, 'migrate', 'bring the tables up to date, then end').action(migrate)
  command(
    program,
    'explain <id>',
    'say why the rows of a trace (32 hex digits) or a workflow are there or are not',
  ).action(explainRows)
  return program
}

function command(program: Command, name: string, description: string): Command {
  const made = program.command(name).description(description)
  for (const [attribute, setting] of Object.entries(settings)) {
    const takesValue = !setting.flag.startsWith('no-')
    const text = `${setting.doc} ${takesValue ? `Allowed: ${setting.allowed}. ` : ''}[${setting.key}, default ${setting.default || 'none'}]`
    const option = new Option(`--${setting.flag}${takesValue ? ' <value>' : ''}`, text)
    if (option.attributeName() !== attribute) throw new Error(`--${setting.flag} is not the flag of ${attribute}`)
    made.addOption(option)
  }
  return made
}

async function serve(flags: Flags): Promise<void> {
  const config = readConfig(process.env, given(flags))
  if (config.databaseUrl !== null && config.processes > 1 && !isOneOfSeveral) return serveWithSeveral(config)
  const events = createEvents(createLogger(config.logLevel))
  // Loaded here, so that help and a wrong setting answer before gRPC and the database driver are read.
  const { openReceiver } = await import('./receiver.ts')
  const receiver = await openReceiver(config, events)
  events.started(receiver)
  if (isOneOfSeveral) announce({ http: receiver.http, grpc: receiver.grpc, database: receiver.database })
  else process.stdout.write(welcome(receiver, config))
  await firstSignal()
  if (!isOneOfSeveral) process.stdout.write(goodbye)
  await withinDeadline(receiver.stop(), config.shutdownTimeoutMs + graceMs)
  events.stopped()
}

async function serveWithSeveral(config: Config): Promise<void> {
  const { prepareDatabase } = await import('./receiver.ts')
  await prepareDatabase(config)
  const { address, stop } = await startProcesses(config.processes)
  process.stdout.write(welcome(address, config))
  await firstSignal()
  process.stdout.write(goodbye)
  await withinDeadline(stop(), config.shutdownTimeoutMs + 2 * graceMs)
}

async function migrate(flags: Flags): Promise<void> {
  const config = readConfig(process.env, given(flags))
  const { migrateDatabase } = await import('./receiver.ts')
  const applied = await migrateDatabase(config)
  process.stdout.write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The tables are up to date\n')
}

async function explainRows(id: string, flags: Flags): Promise<void> {
  const config: Config = readConfig(process.env, given(flags))
  const { explain } = await import('./explain.ts')
  process.stdout.write(`${await explain(config, id)}\n`)
}

// Commander states `migrate: true` where --no-migrate is absent; then the environment decides.
function given(flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== true))
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
