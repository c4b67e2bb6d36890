import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, freePort, type TestDatabase } from './postgres.ts'

/** The path of PgBouncer in Debian; null where it isn't installed. */
const bouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((file) => existsSync(file)) ?? null

/** Whether tests can go through PgBouncer. */
export const hasBouncer: boolean = bouncer !== null

/** Starts PgBouncer in transaction mode before a database, with so many connections to the server. */
export async function startBouncer(url: string, poolSize = 1): Promise<TestDatabase> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-bouncer-'))
  const { hostname, port, password, pathname } = new URL(url)
  const listen = await freePort()
  const name = pathname.slice(1)
  const file = path.join(folder, 'bouncer.ini')
  await writeFile(
    file,
    [
      '[databases]',
      `${name} = host=${hostname} port=${port} user=postgres password=${password}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${listen}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      `default_pool_size = ${poolSize}`,
    ].join('\n'),
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot) execFileSync('chown', ['-R', 'postgres', folder])
  const child = spawn(bouncer!, [...(isRoot ? ['-u', 'postgres'] : []), file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const through = `postgres://postgres@127.0.0.1:${listen}/${name}`
  while (!(await listens(through))) await pause(50)
  return {
    url: through,
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function listens(url: string): Promise<boolean> {
  try {
    await using _ = await connect(url)
    return true
  } catch {
    return false
  }
}
