import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Writable } from 'node:stream'
import { inject } from 'vitest'

/** Settings as the environment has them. */
export type Settings = Readonly<Record<string, string>>

/** A receiver that runs: `http` is a base URL, `grpc` host:port. */
export interface TestReceiver extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
}

/** Limits of time that no test reaches, however busy the machine is; a test of a limit sets its own. */
const patience: Settings = {
  SPANLEDGER_ANSWER_TIMEOUT_MS: '60000',
  SPANLEDGER_BEGIN_WITHIN_MS: '50000',
  SPANLEDGER_TURN_TIMEOUT_MS: '300000',
  SPANLEDGER_SHUTDOWN_TIMEOUT_MS: '300000',
}

/** The settings of a test's receiver: it listens on free ports, and nothing takes it too long. */
export function settingsFor(databaseUrl: string, settings: Settings): Settings {
  return {
    DATABASE_URL: databaseUrl,
    SPANLEDGER_HTTP_LISTEN: '127.0.0.1:0',
    SPANLEDGER_GRPC_LISTEN: '127.0.0.1:0',
    ...patience,
    ...settings,
  }
}

export interface CommandRun extends AsyncDisposable {
  readonly process: ChildProcess
  /** Everything written to standard output and standard error so far. */
  readonly output: () => string
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>
}

/** Runs `spanledger` with these arguments and nothing of our own environment but what finds programs and files. */
export function runCommand(
  args: readonly string[],
  settings: Settings,
  program: string = inject('program'),
): CommandRun {
  const { PATH = '', HOME = '' } = process.env
  const root = path.join(import.meta.dirname, '..', '..')
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return attend(child, () => child.kill('SIGKILL'))
}

/** Runs a text of shell commands, and ends all that they started with the test. Its standard input is open. */
export function runShell(
  script: string,
  { cwd, path = [], env: own }: ShellOptions,
): CommandRun & { readonly input: Writable } {
  const foreign = Object.entries(process.env).filter(([name]) => !/^(OTEL|SPANLEDGER)_/.test(name))
  const env = { ...Object.fromEntries(foreign), PATH: [...path, process.env.PATH].join(':'), ...own }
  const child = spawn('sh', ['-euc', script], { cwd, env, detached: true, stdio: 'pipe' })
  child.stdin.on('error', () => {})
  return { ...attend(child, () => endGroup(child.pid)), input: child.stdin }
}

export interface ShellOptions {
  readonly cwd: string
  /** Folders that are searched for programs before all others. */
  readonly path?: readonly string[]
  /** Further variables of its environment. */
  readonly env?: Settings
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}

function attend(child: ChildProcess, end: () => void): CommandRun {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))
  // close, not exit: by then all its output has been read
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return {
    process: child,
    output: () => output,
    exited,
    async [Symbol.asyncDispose]() {
      end()
      await exited
    },
  }
}

/** Runs one command to its end. */
export async function outcomeOf(
  args: readonly string[],
  settings: Settings,
): Promise<{ readonly code: number | null; readonly output: string }> {
  await using run = runCommand(args, settings)
  const code = await run.exited
  return { code, output: run.output() }
}

/** A receiver as a process of its own; resolves when it listens, rejects with its output when it ends before. */
export async function spawnReceiver(
  databaseUrl: string,
  settings: Settings = {},
  program?: string,
): Promise<TestReceiver & CommandRun> {
  const run = runCommand(['serve'], settingsFor(databaseUrl, settings), program)
  const listening = new Promise<RegExpExecArray>((resolve) => {
    run.process.stdout?.on('data', () => {
      const line = /^Listening on (\S+) \(OTLP\/HTTP\) and (\S+) \(OTLP\/gRPC\)$/m.exec(run.output())
      if (line) resolve(line)
    })
  })
  const ended = run.exited.then((code) => Promise.reject(new Error(`serve ended with ${code}: ${run.output()}`)))
  const [, http = '', grpc = ''] = await Promise.race([listening, ended])
  return { ...run, ...addresses({ http, grpc }) }
}

/** However a receiver writes its two addresses, the tests want a base URL and host:port. */
export function addresses({ http, grpc }: { readonly http: string; readonly grpc: string }) {
  return { http: http.startsWith('http') ? http : `http://${http}`, grpc: grpc.replace(/^\w+:\/\//, '') }
}
