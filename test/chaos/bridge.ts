import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { ask } from './ask.ts'
import type { Security } from './security.ts'

/** What a bridge has said of its requests, over all of its processes. */
export interface Tallies {
  received: number
  committed: number
  duplicate: number
  givenBack: number
  /** Requests whose outcomes don't add up. */
  unbalanced: number
  /** How often this build was started, and the other one. */
  readonly starts: [number, number]
  /** Lines that only a bug writes. */
  readonly unexpected: string[]
}

/** A receiver as a process of its own, which is started again after each end. */
export interface Bridge extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  /** Of HTTP and gRPC. */
  readonly ports: readonly [number, number]
  readonly security: Security
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
  /** Has the next start use the other build, and the one after it this build again. */
  switchBuild(): void
}

/** The clocks of the bridges jump by this: one day and two hours, so that another day begins. */
const clockShiftMs = 26 * 3_600_000
const clock = path.join(import.meta.dirname, 'clock.cjs')

/** What a bridge runs, and with which settings. */
export interface BridgeOptions {
  readonly ports: readonly [number, number]
  readonly security: Security
  readonly env: Readonly<Record<string, string>>
  /** The `cli.js` of this build, and of the other one. */
  readonly programs: readonly [string, string]
}

/** A bridge on two given ports, which is not started yet. */
export function newBridge({ ports, security, env, programs }: BridgeOptions): Bridge {
  const requests = { received: 0, committed: 0, duplicate: 0, givenBack: 0, unbalanced: 0 }
  const tallies: Tallies = { ...requests, starts: [0, 0], unexpected: [] }
  let child: ChildProcess | undefined
  let peak = 0
  let build = 0
  const measure = () => {
    peak = Math.max(peak, peakOf(child?.pid))
  }
  const measuring = setInterval(measure, 500)
  const http = `https://127.0.0.1:${ports[0]}`
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
    ports,
    security,
    tallies,
    peakMb: () => Math.round(peak / 1024),
    signal: (name) => void child?.kill(name),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    switchBuild: () => {
      build = 1 - build
    },
    async start() {
      let before: number
      do {
        before = security.replacements()
        const started = spawn(process.execPath, [...nodeFlags, programs[build]!, 'serve'], {
          env: { PATH, HOME, ...addressesOf(ports), ...security.settings, ...env },
          stdio: ['ignore', 'ignore', 'pipe'],
        })
        child = started
        tallies.starts[build]!++
        createInterface({ input: started.stderr }).on('line', (line) => count(tallies, line))
        while (isRunning(started) && !(await listens(bridge))) await pause(50)
        if (started.exitCode === null) return
        // a certificate without its key stops the start, and whatever supervises it starts it again
      } while (security.replacements() % 2 === 1 || security.replacements() !== before)
      tallies.unexpected.push(`serve ended by itself with ${child.exitCode}`)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(measuring)
      await bridge.kill()
    },
  }
  return bridge
}

const { PATH = '', HOME = '' } = process.env
const nodeFlags = ['--max-semi-space-size=16', '--require', clock]

function addressesOf([http, grpc]: BridgeOptions['ports']): Record<string, string> {
  return {
    SPANLEDGER_HTTP_LISTEN: `127.0.0.1:${http}`,
    SPANLEDGER_GRPC_LISTEN: `127.0.0.1:${grpc}`,
    SPANLEDGER_LOG_LEVEL: 'debug',
    CHAOS_CLOCK_SHIFT_MS: String(clockShiftMs),
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

function count(tallies: Tallies, line: string): void {
  // a start says so between a certificate and its key; `start` judges whether it was then
  if (line.includes("isn't the key of the certificate")) return
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

async function listens(bridge: Bridge): Promise<boolean> {
  return (await ask(bridge, { path: '/healthz', timeoutMs: 1_000 })).status === 200
}

/** The greatest resident memory of a process so far, in kB. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
