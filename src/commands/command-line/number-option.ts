import { Misconfigured } from '../../errors.ts'
import type { CommandInput } from './command.ts'

/** A whole number that an option gives. Throws `Misconfigured` for anything else. */
export function numberOption({ options }: CommandInput, name: string, usual: number, most: number): number {
  const text = options.get(name)?.[0]
  if (text === undefined) return usual
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > most)
    throw new Misconfigured(`--${name} can't be ${text}: it takes a whole number, 1 to ${most}.`)
  return number
}
