import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/** What a bridge has said of its requests, over all of its processes. */
export interface Tallies {
  received: number
  committed: number
  duplicate: number
  givenBack: number
  /** Requests whose outcomes don't add up. */
  unbalanced: number
  /** Lines that only a bug writes. */
  readonly unexpected: string[]
}

/** A receiver as a process of its own, which is started again after each end. */
export interface Bridge extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly tallies: Tallies
  /** The most memory that one of its processes has taken, in MB. */
  peakMb(): number
  signal(name: NodeJS.Signals): void
  /** Ends it by SIGKILL. */
  kill(): Promise<void>
  /** Asks it to end, as a rolling upgrade does, and resolves when it has ended. */
  stop(): Promise<void>
  /** Starts it, and resolves when it listens. */
  start(): Promise<void>
}

/** The clocks of the bridges jump by this: one day and two hours, so that another day begins. */
const clockShiftMs = 26 * 3_600_000
const clock = path.join(import.meta.dirname, 'clock.cjs')

const program = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js')

/** A bridge on two given ports, which is not started yet. */
export function newBridge(ports: readonly [number, number], env: Readonly<Record<string, string>>): Bridge {
  const tallies: Tallies = { received: 0, committed: 0, duplicate: 0, givenBack: 0, unbalanced: 0, unexpected: [] }
  let child: ChildProcess | undefined
  let peak = 0
  const measure = () => {
    peak = Math.max(peak, peakOf(child?.pid))
  }
  const measuring = setInterval(measure, 500)
  const http = `http://127.0.0.1:${ports[0]}`
  const end = async (name: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    measure()
    const exited = once(child, 'exit')
    child.kill(name)
    await exited
  }
  const bridge: Bridge = {
    http,
    grpc: `127.0.0.1:${ports[1]}`,
    tallies,
    peakMb: () => Math.round(peak / 1024),
    signal: (name) => void child?.kill(name),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start() {
      const flags = ['--max-semi-space-size=16', '--require', clock, program, 'serve']
      const addresses = {
        SPANLEDGER_HTTP_LISTEN: `127.0.0.1:${ports[0]}`,
        SPANLEDGER_GRPC_LISTEN: `127.0.0.1:${ports[1]}`,
        SPANLEDGER_LOG_LEVEL: 'debug',
        CHAOS_CLOCK_SHIFT_MS: String(clockShiftMs),
      }
      const { PATH = '', HOME = '' } = process.env
      const started = spawn(process.execPath, flags, {
        env: { PATH, HOME, ...addresses, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      child = started
      createInterface({ input: started.stderr }).on('line', (line) => count(tallies, line))
      while (started.exitCode === null && started.signalCode === null && !(await listens(http))) await pause(50)
      if (started.exitCode !== null) tallies.unexpected.push(`serve ended by itself with ${started.exitCode}`)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(measuring)
      await bridge.kill()
    },
  }
  return bridge
}

function count(tallies: Tallies, line: string): void {
  if (!line.startsWith('{')) {
    tallies.unexpected.push(line.slice(0, 300))
    return
  }
  const { msg = '', level, ...rest } = JSON.parse(line)
  if (msg === 'request answered')
    for (const name of ['received', 'committed', 'duplicate', 'givenBack'] as const) tallies[name] += rest[name]
  if (/does not add up/.test(msg)) tallies.unbalanced++
  if (/^unexpected/.test(msg) || level >= 60) tallies.unexpected.push(msg.slice(0, 500))
}

async function listens(http: string): Promise<boolean> {
  return fetch(`${http}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The greatest resident memory of a process so far, in kB. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
