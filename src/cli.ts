#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { CommanderError, Command as CommandLine, Option } from 'commander'
import type { Command } from './commands/command-line/command.ts'
import { commands } from './commands/command-line/commands.ts'
import { configFile, readConfigFile } from './config/file.ts'
import { configure } from './config/load.ts'
import { settings } from './config/settings.ts'
import { SpanledgerError, stackOf } from './errors.ts'
import { isOneOfSeveral, StartFailed } from './processes.ts'

// What was asked for is wrong, as shells use it; anything else that goes wrong is 1.
const usageExitCode = 2
const exits = { 0: 'done', 1: 'failed', [usageExitCode]: 'a wrong argument or setting' }

for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe)
process.exitCode = await run(process.argv)
// the channel to the first process would keep this one alive
if (isOneOfSeveral) process.channel?.unref()

/** Runs one command line to its end and gives the exit code. */
async function run(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new CommandLine('spanledger')
    .description('OpenTelemetry in, an exact ledger of agent work in PostgreSQL out.')
    .version(version(), '-V, --version', 'print the version')
    .addHelpText('after', '\nExample:\n  spanledger serve        (spanledger <command> --help tells the rest)')
    .exitOverride()
    .showHelpAfterError('(spanledger --help lists the commands, spanledger serve --help every setting)')
  for (const command of commands) {
    if ('usage' in command) add(program, command)
    else {
      const group = program.command(command.group).description(command.summary)
      for (const one of command.commands) add(group, one)
    }
  }
  function add(parent: CommandLine, command: Command): void {
    describe(parent.command(command.usage), command).action(async (...given: unknown[]) => {
      exitCode = (await start(command, given)) ?? 0
    })
  }
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    return told(error)
  }
}

/**
 * A reader that has seen enough closes the pipe (`spanledger --help | head -1`). The command goes on without its output:
 * `serve` keeps serving, `demo` still takes its rows out, and the exit code is that of the work.
 */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

function describe(line: CommandLine, { usage, summary, example, ...command }: Command): CommandLine {
  line.description(summary)
  for (const [name, text] of Object.entries(command.switches ?? {})) line.option(`--${name}`, text)
  for (const [name, { value, text }] of Object.entries(command.options ?? {}))
    line.option(`--${name} <${value}...>`, text)
  line.option(`--${configFile.flag} <file>`, `${configFile.doc} [${configFile.key}]`)
  for (const name of command.settings) line.addOption(optionOf(name))
  const codes = Object.entries({ ...exits, ...command.exits }).map(([code, text]) => `  ${code}  ${text}`)
  return line.addHelpText('after', `\nExample:\n  ${example}\n\nExit codes:\n${codes.join('\n')}`)
}

function optionOf(name: keyof typeof settings): Option {
  const setting = settings[name]
  const takesValue = !setting.flag.startsWith('no-')
  const variables = setting.standard ? `${setting.key} or ${setting.standard}` : setting.key
  const text = `${setting.doc} ${takesValue ? `Allowed: ${setting.allowed}. ` : ''}[${variables}, default ${setting.default || 'none'}]`
  const option = new Option(`--${setting.flag}${takesValue ? ' <value>' : ''}`, text)
  if (option.attributeName() !== name) throw new Error(`--${setting.flag} is not the flag of ${name}`)
  return option
}

/** Commander calls with the arguments, then the options, then its own command. */
async function start(command: Command, given: readonly unknown[]): Promise<number | undefined> {
  const { [configFile.flag]: file, ...options } = given.at(-2) as Record<string, string | boolean>
  const isSwitch = (name: string) => Object.hasOwn(command.switches ?? {}, name)
  const isOption = (name: string) => Object.hasOwn(command.options ?? {}, name)
  // it states `migrate: true` where --no-migrate is absent; then the environment decides
  const flags = Object.entries(options).filter(([name, value]) => !isSwitch(name) && !isOption(name) && value !== true)
  const { config, origins } = configure({
    file: readConfigFile(file?.toString() ?? (process.env[configFile.key] || undefined)),
    env: process.env,
    flags: Object.fromEntries(flags),
  })
  const { run } = await command.load()
  return run({
    config,
    origins,
    args: given.slice(0, -2).flat() as string[],
    switches: new Set(Object.keys(options).filter(isSwitch)),
    options: new Map(
      Object.entries(options).flatMap(([name, value]) =>
        isOption(name) ? [[name, value as unknown as string[]]] : [],
      ),
    ),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  })
}

/** The exit code of what went wrong, which is told unless it has been. */
function told(error: unknown): number {
  // Commander has already written why, or what was asked for: --help, or nothing, which is answered with help too.
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === 'commander.help' ? 0 : usageExitCode
  if (error instanceof StartFailed) return error.exitCode
  const known = error instanceof SpanledgerError
  process.stderr.write(known ? `${error.message}\n` : `${stackOf(error)}\n`)
  return known && error.kind === 'configuration' ? usageExitCode : 1
}
