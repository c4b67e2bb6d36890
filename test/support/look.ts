import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { CommandModule, Terminal } from '../../src/commands/command-line/command.ts'
import type { Settings } from './command.ts'
import { configOf } from './config.ts'

/** What a command is run with, and on what it prints. */
export interface InProcess {
  readonly args?: readonly string[]
  readonly switches?: readonly string[]
  readonly options?: Readonly<Record<string, readonly string[]>>
  readonly settings: Settings
  /** The columns of the terminal; null, or absent, for a pipe. */
  readonly width?: number | null
  readonly colors?: boolean
  readonly nowMs?: number
  /** Ends a command that goes on until it is interrupted. */
  readonly closed?: AbortSignal
  /** Called with all that was written so far. */
  readonly onWrite?: (output: string) => void
}

/** What a command has printed, and its exit code. */
export interface Printed {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** The moment at which golden outputs are made. */
export const goldenMs: number = Date.parse('2026-11-29T12:00:00Z')

/** A terminal, or by default a pipe, in this process. */
export function terminalOf({ width, colors, nowMs, closed }: Partial<InProcess> = {}): Terminal {
  return {
    width: width ?? null,
    colors: colors ?? false,
    unicode: true,
    nowMs: () => nowMs ?? goldenMs,
    closed: closed ?? new AbortController().signal,
    drained: async () => {},
  }
}

/** Runs a command in this process, with a terminal of any width. */
export async function printed({ run }: CommandModule, how: InProcess): Promise<Printed> {
  let output = ''
  let errors = ''
  const code = await run({
    config: configOf(how.settings),
    origins: {} as never,
    args: how.args ?? [],
    switches: new Set(how.switches),
    options: new Map(Object.entries(how.options ?? {})),
    terminal: terminalOf(how),
    write: (text) => {
      output += typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
      how.onWrite?.(output)
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { code: code ?? 0, output, errors }
}

const folder = path.join(import.meta.dirname, '..', 'commands', 'golden')

/**
 * Compares a text with the file of golden outputs of that name. The variable `SPANLEDGER_TEST_GOLDEN=write` writes the
 * file instead; then look at what has changed.
 */
export function expectGolden(name: string, text: string): void {
  const file = path.join(folder, `${name}.txt`)
  if (process.env.SPANLEDGER_TEST_GOLDEN === 'write') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
  expect(text).toBe(readFileSync(file, 'utf8'))
}
