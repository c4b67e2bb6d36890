import type { Configured } from '../../config/load.ts'
import type { Config } from '../../config/settings.ts'

/** A command of `spanledger`: what people are told of it, and where it lies. */
export interface Command {
  /** With its arguments: `explain <id>`. */
  readonly usage: string
  /** What it does, as the rest of a sentence that begins with its name. */
  readonly summary: string
  /** A line that works as it stands. */
  readonly example: string
  /** The settings that it heeds. */
  readonly settings: readonly (keyof Config)[]
  /** Options of its own, all of which are switches: the name without dashes → what it does. */
  readonly switches?: Readonly<Record<string, string>>
  /** Options of its own that take one or more values: the name without dashes → how a value is called, what it does. */
  readonly options?: Readonly<Record<string, { readonly value: string; readonly text: string }>>
  /** Exit codes of its own, besides those of every command. */
  readonly exits?: Readonly<Record<number, string>>
  /** Loaded when it runs, so that help and a wrong setting answer before the database driver and gRPC are read. */
  readonly load: () => Promise<CommandModule>
}

/** Commands that share their first word: `refused list`, `refused show`. */
export interface CommandGroup {
  readonly group: string
  readonly summary: string
  readonly commands: readonly Command[]
}

export interface CommandModule {
  /** Runs to the end. Gives an exit code of the command's own, or nothing for success; throws for the others. */
  run(input: CommandInput): Promise<number | undefined>
}

/** What a command line asks for. */
export interface CommandInput extends Configured {
  readonly args: readonly string[]
  readonly switches: ReadonlySet<string>
  /** The values of an option that was given. */
  readonly options: ReadonlyMap<string, readonly string[]>
  /** Writes to standard output, where the answer goes. */
  readonly write: (text: string | Uint8Array) => undefined
  /** Writes to standard error, where everything goes that is no answer. */
  readonly writeError: (text: string) => undefined
}
