import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a command of `spanledger` on a database; whether it succeeds doesn't matter, since the server may be away. */
export async function runCommandOf(
  program: string,
  args: readonly string[],
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, DATABASE_URL: databaseUrl, ...settings }
  const child = spawn(process.execPath, [program, ...args], { env, stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await once(child, 'exit')
  clearTimeout(timer)
}
