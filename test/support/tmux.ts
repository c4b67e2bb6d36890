import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { Settings } from './command.ts'

const execute = promisify(execFile)

/** Whether there is a tmux, which shows a command on a real terminal. */
export const hasTmux: boolean = await execute('tmux', ['-V']).then(
  () => true,
  () => false,
)

/** A terminal in which `spanledger` runs, and after it a line with its exit code: `ended with 0`. */
export interface RealTerminal extends AsyncDisposable {
  /** Resolves with the lines of the screen, without those that are empty, when it has this text. */
  shows(text: string): Promise<string[]>
  /** The screen with its escape sequences. */
  raw(): Promise<string>
  /** Presses keys, as tmux names them: `y`, `Enter`. */
  press(...keys: readonly string[]): Promise<void>
}

/** Runs `spanledger` with these arguments on a terminal of tmux. */
export async function openRealTerminal(
  args: string,
  settings: Settings,
  { width, height = 20 }: { readonly width: number; readonly height?: number },
): Promise<RealTerminal> {
  const socket = `spanledger-${process.pid}-${Date.now()}`
  const tmux = async (...all: readonly string[]) => (await execute('tmux', ['-L', socket, ...all])).stdout
  const { PATH = '', HOME = '' } = process.env
  const variables = { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...settings }
  const assigned = Object.entries(variables).map(([name, value]) => `${name}='${value}'`)
  const command = `env -i ${assigned.join(' ')} '${process.execPath}' '${inject('program')}' ${args}; echo "ended with $?"; sleep 60`
  const size = ['-x', String(width), '-y', String(height)]
  await tmux('-f', '/dev/null', '-u', 'new-session', '-d', ...size, command)
  return {
    async shows(text) {
      let screen = ''
      for (let tries = 0; tries < 400 && !screen.includes(text); tries++) {
        await pause(50)
        screen = await tmux('capture-pane', '-p')
      }
      return screen.split('\n').filter((line) => line.trim() !== '')
    },
    raw: () => tmux('capture-pane', '-p', '-e'),
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    async [Symbol.asyncDispose]() {
      await tmux('kill-server').catch(() => {})
    },
  }
}
