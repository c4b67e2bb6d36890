import { execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The files of a server and the port that it listens on. */
export interface ServerFiles {
  readonly folder: string
  readonly port: number
}

/** How servers are started: by which program and user, and where their log goes. */
export interface ServerStart {
  readonly program: string
  readonly log: string
  readonly identity: { readonly uid?: number; readonly gid?: number }
}

/** Starts a server, which ends only by a signal: what starts it doesn't wait for it. */
export function launch(
  { program, log, identity }: ServerStart,
  { folder, port }: ServerFiles,
  more: string[] = [],
): void {
  const own = ['-D', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1']
  const logged = ['-c', 'log_line_prefix=%e ', '-c', 'log_min_messages=error', '-c', 'wal_keep_size=512MB']
  const flags = ['-c', 'unix_socket_directories=', '-c', 'max_connections=200', '-c', 'fsync=off', ...logged, ...more]
  const descriptor = openSync(log, 'a')
  const stdio = ['ignore', 'ignore', descriptor] as const
  spawn(program, [...own, ...flags], { stdio: [...stdio], detached: true, ...identity }).unref()
  closeSync(descriptor)
}

/** Ends a server by a signal to its first process, and resolves when it has ended. */
export async function endServer(folder: string, signal: NodeJS.Signals): Promise<void> {
  const pid = firstProcess(folder)
  process.kill(pid, signal)
  while (isAlive(pid)) await pause(20)
}

/** Copies the files of a server that is stopped, as those of a standby. */
export async function copyFiles(from: string, to: string): Promise<void> {
  await run('cp', ['-Rp', from, to])
  writeFileSync(path.join(to, 'standby.signal'), '')
}

/** Returns the first process of a server. */
export function firstProcess(folder: string): number {
  return Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[0])
}

/** Returns the program that a process runs. */
export function programOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!
}

/** Returns the ids of a user and of its group. */
export async function identityOf(user: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, user])).stdout))
  return { uid: Number(uid), gid: Number(gid) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
