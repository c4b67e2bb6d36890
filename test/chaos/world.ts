import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { dataFolder } from '../support/data-folder.ts'
import { freePort } from '../support/postgres.ts'
import { openProxy, type TestProxy } from '../support/proxy.ts'
import { type Bridge, newBridge } from './bridge.ts'
import { mountDisk } from './faults.ts'
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
  /** How many errors were raised in statements. */
  raised: number
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

export async function openWorld(): Promise<World> {
  const server = await openChaosServer()
  const database = 'chaos'
  const url = new URL(await server.newDatabase(database))
  const proxies = [await openProxy(server.port), await openProxy(server.port)]
  const bridges = await Promise.all(
    proxies.map(async ({ port }) => {
      const through = Object.assign(new URL(url), { port: String(port) }).href
      return newBridge([await freePort(), await freePort()], { DATABASE_URL: through, ...settings })
    }),
  )
  const folder = mkdtempSync(path.join(dataFolder, 'spanledger-chaos-'))
  const isOwnDisk = mountDisk(folder, 400)
  const embeddedSettings = { SPANLEDGER_DATA_DIR: path.join(folder, 'data'), DATABASE_URL: '', ...settings }
  const embedded = newBridge([await freePort(), await freePort()], embeddedSettings)
  for (const bridge of [...bridges, embedded]) await bridge.start()
  await untilReady([...bridges, embedded])
  await server.ask(database, raising)
  return {
    server,
    database,
    proxies,
    bridges,
    embedded: { bridge: embedded, folder, isOwnDisk },
    sent: nothingSent(),
    raised: 0,
    async [Symbol.asyncDispose]() {
      for (const one of [...bridges, embedded, ...proxies, server]) await one[Symbol.asyncDispose]()
      if (isOwnDisk) execFileSync('umount', [folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(bridges: readonly Bridge[]): Promise<void> {
  for (const { http } of bridges) {
    const isReady = () =>
      fetch(`${http}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
