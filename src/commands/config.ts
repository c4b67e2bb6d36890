import { stringify } from 'yaml'
import { shownValue } from '../config/load.ts'
import { type Config, fileKey, type Setting, settings } from '../config/settings.ts'
import type { CommandInput } from './command-line/command.ts'

/** Prints the settings in force as a configuration file, each with the file, variable or flag that it came from. */
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
  const lines = shown.map(({ key, value, from }) => ({ text: `${key}: ${yamlInline(value)}`, from }))
  const width = Math.max(...lines.map(({ text }) => Math.min(text.length, widest)))
  write(lines.map(({ text, from }) => `${text.padEnd(width)}  # ${from}\n`).join(''))
}

/** Longer lines do not widen the column of values. */
const widest = 48

function yamlInline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', blockQuote: false, lineWidth: 0 }).trimEnd()
}
