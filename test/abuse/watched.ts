import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type RunningReceiver, startReceiver } from '../bench/receiver.ts'
import { connect } from '../support/postgres.ts'
import { waitedMs } from './abuses.ts'
import type { Victim } from './catalogue.ts'

/** A receiver in a process of its own, and what it takes. */
export interface WatchedReceiver extends RunningReceiver, AsyncDisposable {
  /** The most resident memory so far, in MB. */
  mostMb(): number
  /** The longest time that its thread has worked at a stretch, in milliseconds. */
  longestWorkMs(): number
  /** How long its thread has waited for a processor, in milliseconds. */
  waitedMs(): number
  /** Forgets all of these, so that the next ones are of what follows. */
  forgetMost(): Promise<void>
}

/** Starts a receiver that is watched, by the cli.js of a build. */
export async function startWatched(databaseUrl: string, cli: string): Promise<WatchedReceiver> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spanledger-watched-'))
  const file = path.join(folder, 'longest')
  const receiver = await startReceiver(
    {
      DATABASE_URL: databaseUrl,
      SPANLEDGER_LOG_LEVEL: 'fatal',
      WATCH_FILE: file,
      NODE_OPTIONS: `--import=${path.join(import.meta.dirname, 'watch.mjs')}`,
    },
    cli,
  )
  const numbers = () => readFileSync(file, 'utf8').split(' ').map(Number)
  const waited = () => waitedMs(`/proc/${receiver.pid}/task/${receiver.pid}`)
  let before = waited()
  const status = () => readFileSync(`/proc/${receiver.pid}/status`, 'utf8')
  return {
    ...receiver,
    mostMb: () => Math.round(Number(/VmHWM:\s+(\d+)/.exec(status())![1]) / 1024),
    longestWorkMs: () => numbers()[0]!,
    waitedMs: () => waited() - before,
    async forgetMost() {
      // the kernel's own way to begin VmHWM anew
      writeFileSync(`/proc/${receiver.pid}/clear_refs`, '5')
      before = waited()
      const begun = numbers()[1]!
      process.kill(receiver.pid, 'SIGUSR2')
      while (numbers()[1] === begun) await pause(5)
    },
    async [Symbol.asyncDispose]() {
      await receiver.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** What an abuse is told of a receiver and its database. */
export function asVictim(
  { http, address }: WatchedReceiver,
  databaseUrl: string,
  how: Pick<Victim, 'forMs' | 'isShort'>,
): Victim {
  const ask = async (sql: string) => {
    await using client = await connect(databaseUrl)
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return Number(rows[0]![0])
  }
  return { http, grpc: address, ask, ...how }
}
