import { CommanderError, Command as CommandLine, Option } from 'commander'
import { configFile, readConfigFile } from '../../config/file.ts'
import { configure } from '../../config/load.ts'
import { settings } from '../../config/settings.ts'
import { SpanledgerError, stackOf } from '../../errors.ts'
import { StartFailed } from '../../receiver/processes.ts'
import { readVersion } from '../../version.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { openTerminal } from './terminal.ts'

// Shells use 2 for wrong usage. Every other failure ends with 1, where a command has no code of its own for it.
const usageExitCode = 2
const commonExits = { 0: 'done', 1: 'failed', [usageExitCode]: 'a wrong argument or setting' }

/** Runs one command line to its end and returns the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new CommandLine('spanledger')
    .description('OpenTelemetry in, an exact ledger of agent work in PostgreSQL out.')
    .version(readVersion(), '-V, --version', 'print the version')
    .addHelpText('after', '\nExample:\n  spanledger serve        (spanledger <command> --help tells the rest)')
    .exitOverride()
    .showHelpAfterError('(spanledger --help lists the commands, spanledger serve --help every setting)')
  const completes = argv[2] === 'complete' && argv.length > 3 && !argv.includes('--help')
  for (const command of commands) {
    if ('usage' in command && completes && command.usage.startsWith('complete')) continue
    if ('usage' in command) addTo(program, command)
    else {
      const group = program.command(command.group).description(command.summary)
      for (const one of command.commands) addTo(group, one)
    }
  }
  function addTo(parent: CommandLine, command: Command): void {
    defineOptions(parent.command(command.usage), command).action(async (...values: unknown[]) => {
      exitCode = (await start(command, values)) ?? 0
    })
  }
  try {
    if (completes) await (await import('../complete.ts')).addCompletion(program, argv.slice(3))
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    return reportError(error)
  }
}

/** Gives a command its options and its help. */
function defineOptions(line: CommandLine, { usage, summary, example, ...command }: Command): CommandLine {
  line.description(summary)
  for (const [name, text] of Object.entries(command.switches ?? {})) line.option(`--${name}`, text)
  for (const [name, { value, text, many, letter, isOptional, choices }] of Object.entries(command.options ?? {})) {
    const argument = `${value}${many ? '...' : ''}`
    const flags = `${letter === undefined ? '' : `-${letter}, `}--${name}`
    const option = new Option(`${flags} ${isOptional ? `[${argument}]` : `<${argument}>`}`, text)
    // only for completion: the command itself says what is wrong with another value, and takes it in any case
    if (choices !== undefined) option.argChoices = [...choices]
    line.addOption(option)
  }
  line.option(`--${configFile.flag} <file>`, `${configFile.doc} [${configFile.key}]`)
  for (const name of command.settings) line.addOption(optionOf(name))
  const codes = Object.entries({ ...commonExits, ...command.exits }).map(([code, text]) => `  ${code}  ${text}`)
  return line.addHelpText('after', `\nExample:\n  ${example}\n\nExit codes:\n${codes.join('\n')}`)
}

function optionOf(name: keyof typeof settings): Option {
  const setting = settings[name]
  const takesValue = !setting.valueless
  const variables = setting.standard ? `${setting.key} or ${setting.standard}` : setting.key
  const text = `${setting.doc} ${takesValue ? `Allowed: ${setting.allowed}. ` : ''}[${variables}, default ${setting.default || 'none'}]`
  const option = new Option(`--${setting.flag}${takesValue ? ' <value>' : ''}`, text)
  if (option.attributeName() !== name) throw new Error(`--${setting.flag} is not the flag of ${name}`)
  return option
}

/** Starts a command. `values` is what Commander passes to an action: the arguments, an object of options, the command. */
async function start(command: Command, values: readonly unknown[]): Promise<number | undefined> {
  const { [configFile.flag]: file, ...given } = values.at(-2) as Record<string, string | boolean>
  const options = namedAsDeclared(command, given)
  const isSwitch = (name: string) => Object.hasOwn(command.switches ?? {}, name)
  const isOption = (name: string) => Object.hasOwn(command.options ?? {}, name)
  // Commander sets `migrate: true` where --no-migrate is absent; then the environment decides
  const isAbsent = (name: string, value: unknown) => value === true && flagOf(name).startsWith('no-')
  const flags = Object.entries(options).filter(
    ([name, value]) => !isSwitch(name) && !isOption(name) && !isAbsent(name, value),
  )
  const { config, origins } = configure({
    file: readConfigFile(file?.toString() ?? (process.env[configFile.key] || undefined)),
    env: process.env,
    flags: Object.fromEntries(flags),
  })
  const { run } = await command.load()
  return run({
    config,
    origins,
    // Commander gives `undefined` for an argument that was left out
    args: (values.slice(0, -2).flat() as (string | undefined)[]).filter((one) => one !== undefined),
    // Commander sets `cache: true` where --no-cache is absent
    switches: new Set(
      Object.keys(options).filter((name) => isSwitch(name) && options[name] !== name.startsWith('no-')),
    ),
    options: new Map(
      Object.entries(options).flatMap(([name, value]) =>
        // Commander gives `true` for an option whose value was left out
        isOption(name) ? [[name, value === true ? [] : ([value].flat() as string[])]] : [],
      ),
    ),
    terminal: openTerminal(process),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  })
}

function flagOf(name: string): string {
  return settings[name as keyof typeof settings].flag
}

/** Commander names the option `dry-run` dryRun; a command reads the name that it has declared. */
function namedAsDeclared<Value>(command: Command, given: Readonly<Record<string, Value>>): Record<string, Value> {
  const declared = [...Object.keys(command.switches ?? {}), ...Object.keys(command.options ?? {})]
  const names = new Map(declared.map((name) => [new Option(`--${name}`).attributeName(), name]))
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [names.get(name) ?? name, value]))
}

/** Writes an error to standard error, unless it is written already, and returns the exit code. */
function reportError(error: unknown): number {
  // Commander has already written the reason, or the help that was asked for by --help or by no argument at all.
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === 'commander.help' ? 0 : usageExitCode
  if (error instanceof StartFailed) return error.exitCode
  const known = error instanceof SpanledgerError
  process.stderr.write(known ? `${error.message}\n` : `${stackOf(error)}\n`)
  return known && error.kind === 'configuration' ? usageExitCode : 1
}
