import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'

/** A person at a terminal. */
export interface Prompt extends AsyncDisposable {
  /** Returns the next line; 'interrupted' after Ctrl-C, 'ended' at the end of input. */
  read(question: string): Promise<{ readonly line: string } | 'interrupted' | 'ended'>
}

const mostRemembered = 1_000

/**
 * The file of what was typed before: in the folder for the state of programs
 * (https://specifications.freedesktop.org/basedir-spec), for its user's eyes only.
 */
function historyFile(): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env
  const folder = XDG_STATE_HOME || LOCALAPPDATA || path.join(os.homedir(), '.local', 'state')
  return path.join(folder, 'spanledger', 'sql_history')
}

/** Opens the prompt at standard input. */
export function openPrompt(file: string = historyFile()): Prompt {
  const history = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(-mostRemembered) : []
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    history: history.toReversed(),
    historySize: mostRemembered,
    removeHistoryDuplicates: true,
  })
  const ended = new Promise<'ended'>((resolve) => lines.once('close', () => resolve('ended')))
  return {
    async read(question) {
      const interrupted = new AbortController()
      const onInterrupt = () => interrupted.abort()
      lines.once('SIGINT', onInterrupt)
      const asked = lines.question(question, { signal: interrupted.signal }).then(
        (line) => ({ line }),
        () => 'interrupted' as const,
      )
      const answer = await Promise.race([asked, ended])
      lines.off('SIGINT', onInterrupt)
      if (answer === 'interrupted') process.stderr.write('\n')
      else if (answer !== 'ended' && answer.line.trim() !== '') remember(file, answer.line)
      return answer
    },
    [Symbol.asyncDispose]: async () => lines.close(),
  }
}

/** A folder that can't be written costs the memory, not the prompt. */
function remember(file: string, line: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    appendFileSync(file, `${line}\n`, { mode: 0o600 })
  } catch {
    // the next prompt does without
  }
}
