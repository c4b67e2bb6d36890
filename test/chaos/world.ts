import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { dataFolder } from '../support/data-folder.ts'
import { openProxy, type TestProxy } from '../support/proxy.ts'
import { ask } from './ask.ts'
import { type Bridge, newBridge } from './bridge.ts'
import { lastingPort } from './ports.ts'
import { openSecurity, type Security } from './security.ts'
import type { Sent } from './senders.ts'
import { type ChaosServer, openChaosServer } from './server.ts'

/** All that faults can hit: two bridges on one PostgreSQL, each behind a proxy, and one with the embedded database. */
export interface World extends AsyncDisposable {
  readonly server: ChaosServer
  /** The name of the bridges' database. */
  readonly database: string
  readonly proxies: readonly TestProxy[]
  readonly bridges: readonly Bridge[]
  readonly embedded: { readonly bridge: Bridge; readonly folder: string; readonly isOwnDisk: boolean }
  readonly sent: Sent
  readonly security: Security
  /** The `cli.js` of this build, and of another one. */
  readonly programs: readonly [string, string]
  /** How many errors were raised in statements. */
  raised: number
  /** How many new certificates, tokens, keys of JWTs and authorities of clients all bridges have taken while they ran. */
  taken: { certificates: number; tokens: number; keys: number; clientCas: number }
  /** How many standbys were promoted. */
  promotions: number
}

/** The longest time that a bridge's own limits allow is shortened, so that more faults fit into a minute. */
const settings = { SPANLEDGER_START_TIMEOUT_MS: '600000' }

/** Raises errors in the bridges' statements, as long as there is a row in `chaos.plan`. */
const raising = `
  create schema chaos; create table chaos.plan (state text);
  create function chaos.fail() returns trigger language plpgsql security definer as $$
  declare planned text;
  begin
    select state into planned from chaos.plan limit 1;
    if planned is not null then raise exception 'chaos' using errcode = planned; end if;
    return null;
  end $$;
  create trigger chaos after insert on task_executions for each statement execute function chaos.fail();
  create trigger chaos after insert on spanledger.ledger for each statement execute function chaos.fail();`

export function nothingSent(): Sent {
  return { acknowledged: [], exported: [], abandoned: [], wrong: [], again: 0, longestMs: 0 }
}

/** Starts everything. The bridges run the first of two builds, and the other after an upgrade. */
export async function openWorld(programs: readonly [string, string]): Promise<World> {
  const server = await openChaosServer()
  const folder = mkdtempSync(path.join(dataFolder, 'spanledger-chaos-'))
  const secrets = path.join(folder, 'secrets')
  mkdirSync(secrets)
  const security = openSecurity(secrets)
  const open = async (env: Record<string, string>) => {
    const ports = [await lastingPort(), await lastingPort()] as const
    return newBridge({ ports, security, programs, env: { ...env, ...settings } })
  }
  const database = 'chaos'
  const url = new URL(await server.newDatabase(database))
  const proxies = [await openProxy(server.port), await openProxy(server.port)]
  const bridges = await Promise.all(
    proxies.map(async ({ port }) => {
      const through = Object.assign(new URL(url), { port: String(port) }).href
      return open({ DATABASE_URL: through })
    }),
  )
  const disk = path.join(folder, 'disk')
  mkdirSync(disk)
  const isOwnDisk = mountDisk(disk, 400)
  const embedded = await open({ SPANLEDGER_DATA_DIR: path.join(disk, 'data'), DATABASE_URL: '' })
  for (const bridge of [...bridges, embedded]) await bridge.start()
  await untilReady([...bridges, embedded])
  await server.ask(database, raising)
  return {
    server,
    database,
    proxies,
    bridges,
    embedded: { bridge: embedded, folder: disk, isOwnDisk },
    sent: nothingSent(),
    security,
    programs,
    raised: 0,
    taken: { certificates: 0, tokens: 0, keys: 0, clientCas: 0 },
    promotions: 0,
    async [Symbol.asyncDispose]() {
      for (const one of [...bridges, embedded, ...proxies, server]) await one[Symbol.asyncDispose]()
      if (isOwnDisk) execFileSync('umount', [disk])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(bridges: readonly Bridge[]): Promise<void> {
  for (const bridge of bridges)
    while ((await ask(bridge, { path: '/readyz', timeoutMs: 1_000 })).status !== 200) await pause(100)
}

/** Mounts a file system in memory of this size; says whether that can be done. */
function mountDisk(folder: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
    return readFileSync('/proc/mounts', 'utf8').includes(folder)
  } catch {
    return false
  }
}
