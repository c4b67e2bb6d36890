import { once } from 'node:events'
import type { WriteStream } from 'node:tty'
import { wantsColors } from '../formats/table/terminal/paint.ts'
import type { Terminal } from './command.ts'

/** What a terminal is where it does not say how wide it is. */
const usualWidth = 80

/** The parts of a process that are asked. */
type Streams = Pick<NodeJS.Process, 'env'> & { readonly stdout: WriteStream | NodeJS.WriteStream }

/** Describes standard output of a process. */
export function openTerminal({ env, stdout }: Streams): Terminal {
  const closing = new AbortController()
  stdout.once('error', () => closing.abort())
  stdout.once('close', () => closing.abort())
  return {
    width: stdout.isTTY ? stdout.columns || usualWidth : null,
    colors: wantsColors(env, stdout.isTTY === true),
    unicode: showsUnicode(env),
    nowMs: Date.now,
    closed: closing.signal,
    drained: async () => {
      if (stdout.writableNeedDrain && !closing.signal.aborted)
        await once(stdout, 'drain', { signal: closing.signal }).catch(() => {})
    },
  }
}

/** Whether the locale has UTF-8, as POSIX reads it; without one, only old consoles have less. */
function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  return TERM !== 'linux' && (locale === '' || /utf-?8/i.test(locale))
}
