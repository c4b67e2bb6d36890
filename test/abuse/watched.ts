import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type RunningReceiver, startReceiver } from '../bench/receiver.ts'

/** A receiver in a process of its own, and what it takes. */
export interface WatchedReceiver extends RunningReceiver, AsyncDisposable {
  /** The most resident memory so far, in MB. */
  mostMb(): number
  /** The longest time that its thread has worked at a stretch, in milliseconds. */
  longestWorkMs(): number
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
  const status = () => readFileSync(`/proc/${receiver.pid}/status`, 'utf8')
  return {
    ...receiver,
    mostMb: () => Math.round(Number(/VmHWM:\s+(\d+)/.exec(status())![1]) / 1024),
    longestWorkMs: () => Number(readFileSync(file, 'utf8')),
    async [Symbol.asyncDispose]() {
      await receiver.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
