import type { DestinationStream } from 'pino'
import { escapedText } from '../terminal-text.ts'

/** Where lines for a person go, such as `process.stderr`. */
export interface TextOutput {
  write(text: string): unknown
}

/**
 * Turns pino's JSON lines into lines for a person at a terminal: `14:03:22 WARN  refused reason=too-old count=6`. The
 * time is local. Control characters are escaped, because senders choose some values (paths, names of models) and a
 * terminal would obey them.
 */
export function prettyLines(output: TextOutput, colored: boolean): DestinationStream {
  return { write: (line) => void output.write(`${prettyLine(JSON.parse(line), colored)}\n`) }
}

/** One line as pino writes it. The other fields are those of the event. */
interface LogLine {
  readonly level: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly msg?: string
  readonly [field: string]: unknown
}

function prettyLine({ level, time, msg, ...fields }: LogLine, colored: boolean): string {
  const { name, color } = levels[level] ?? { name: String(level), color: gray }
  const paint = (text: string, sgr: number) => (colored ? `\x1b[${sgr}m${text}\x1b[39m` : text)
  // A stack has several lines: those after the first are indented, so that none of them looks like an entry of the log.
  const message = (msg ?? '').split('\n').map(escapedText).join('\n    ')
  const pairs = Object.entries(fields).map(([key, value]) => paint(`${escapedText(key)}=${shown(value)}`, gray))
  return [paint(clockTime(time), gray), paint(name.padEnd(5), color), message, ...pairs]
    .filter((part) => part !== '')
    .join(' ')
}

const gray = 90

/** pino's levels, each with its colour: a parameter of the escape sequence SGR of ECMA-48. */
const levels: Readonly<Record<number, { readonly name: string; readonly color: number }>> = {
  10: { name: 'TRACE', color: gray },
  20: { name: 'DEBUG', color: gray },
  30: { name: 'INFO', color: 32 },
  40: { name: 'WARN', color: 33 },
  50: { name: 'ERROR', color: 31 },
  60: { name: 'FATAL', color: 31 },
}

function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8)
}

/** A value without quotes where it is one word, else as JSON. */
function shown(value: unknown): string {
  return escapedText(typeof value === 'string' && /^[^\s"\p{C}]+$/u.test(value) ? value : JSON.stringify(value))
}
