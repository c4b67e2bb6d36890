import { stringify } from 'yaml'
import { shownValue } from '../config/load.ts'
import { type Config, fileKey, type Setting, settings } from '../config/settings.ts'
import type { CommandInput } from './command-line/command.ts'

/** Prints what is in force, in the form of a configuration file, each value with where it came from. */
export async function run({ config, origins, switches, write }: CommandInput): Promise<undefined> {
  const shown = (Object.entries(settings) as [keyof Config, Setting<unknown>][]).map(([name, setting]) => ({
    key: fileKey(name),
    value: shownValue(setting, config[name]),
    from: origins[name],
  }))
  if (switches.has('json')) {
    const byKey = Object.fromEntries(shown.map(({ key, ...rest }) => [key, rest]))
    return write(`${JSON.stringify(byKey, null, 2)}\n`)
  }
  const lines = shown.map(({ key, value, from }) => ({ text: `${key}: ${inline(value)}`, from }))
  const width = Math.max(...lines.map(({ text }) => Math.min(text.length, widest)))
  write(lines.map(({ text, from }) => `${text.padEnd(width)}  # ${from}\n`).join(''))
}

const widest = 48

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', blockQuote: false, lineWidth: 0 }).trimEnd()
}
