import { styleText } from 'node:util'
import type { Tone } from '../column.ts'

/** Writes a text in the colours of a tone. */
export type Paint = (text: string, tone: Tone | undefined) => string

const formats = { good: 'green', bad: 'red', busy: 'cyan', faint: 'gray', strong: 'bold' } as const

/** Returns the function that colours texts, or leaves them as they are. */
export function painter(colors: boolean): Paint {
  // whether there are colours is decided already: later versions of Node would look at the stream again
  return (text, tone) =>
    !colors || tone === undefined || text === '' ? text : styleText(formats[tone], text, { validateStream: false })
}

/**
 * Whether output has colours: FORCE_COLOR and CLICOLOR_FORCE say so for pipes too, NO_COLOR for no output; else
 * terminals have colours (https://no-color.org, https://force-color.org, https://bixense.com/clicolors).
 */
export function wantsColors(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const isOn = (value: string | undefined) => value !== undefined && value !== '' && value !== '0'
  if (env.FORCE_COLOR === '0') return false
  if (isOn(env.FORCE_COLOR)) return true
  if (env.NO_COLOR) return false
  if (isOn(env.CLICOLOR_FORCE)) return true
  return isTerminal && env.TERM !== 'dumb' && env.CLICOLOR !== '0'
}
