import type { Configured } from '../../config/load.ts'
import type { Config } from '../../config/settings.ts'

/** A command of `spanledger`: its help, its options, and the module that runs it. */
export interface Command {
  /** The command's name and arguments: `explain [id]`. */
  readonly usage: string
  /** What the command does, as the rest of a sentence that begins with its name. */
  readonly summary: string
  /** A command line that works as it is written. */
  readonly example: string
  /** The settings that the command reads; each has a flag. */
  readonly settings: readonly (keyof Config)[]
  /** Options without a value: the name without dashes → what the option does. */
  readonly switches?: Readonly<Record<string, string>>
  /** Options with a value: the name without dashes → what the option does. */
  readonly options?: Readonly<Record<string, CommandOption>>
  /** Exit codes that mean something else here than for every command, and further ones. */
  readonly exits?: Readonly<Record<number, string>>
  /** Loads the module when the command runs: help and a wrong setting answer before the database driver is read. */
  readonly load: () => Promise<CommandModule>
}

/** An option with a value. */
export interface CommandOption {
  /** The value's name in the help. */
  readonly value: string
  readonly text: string
  /** Whether the option takes several values. */
  readonly many?: true
  /** The short form of the option, without its dash: `c` for `-c`. */
  readonly letter?: string
  /** Whether the option may stand without its value. */
  readonly isOptional?: true
  /** The values that shells offer. */
  readonly choices?: readonly string[]
}

/** Commands that share their first word: `refused list`, `refused show`. */
export interface CommandGroup {
  readonly group: string
  readonly summary: string
  readonly commands: readonly Command[]
}

/** The module of a command. */
export interface CommandModule {
  /** Runs the command to its end. Resolves to one of `exits`, or to nothing for success; throws for every other failure. */
  run(input: CommandInput): Promise<number | undefined>
}

/** The arguments, options and settings of one command line. */
export interface CommandInput extends Configured {
  readonly args: readonly string[]
  readonly switches: ReadonlySet<string>
  /** The values of each option on the command line; none where its value was left out. */
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly terminal: Terminal
  /** Writes to standard output: the answer, and nothing else. */
  readonly write: (text: string | Uint8Array) => undefined
  /** Writes to standard error: everything that is no answer. */
  readonly writeError: (text: string) => undefined
}

/** What standard output is, and what is known of who reads it. */
export interface Terminal {
  /** The columns of the terminal; null where standard output is a pipe or a file. */
  readonly width: number | null
  readonly colors: boolean
  /** Whether characters beyond ASCII are shown. */
  readonly unicode: boolean
  /** The time, in milliseconds since 1970. */
  readonly nowMs: () => number
  /** Aborted when standard output is read no more, or when the command is interrupted. */
  readonly closed: AbortSignal
  /** Resolves when what was written is taken, so that a long answer takes no memory. */
  readonly drained: () => Promise<void>
}
