import { createHash } from 'node:crypto'
import type pg from 'pg'

/** Announces that rows of tenants have changed, to readers in this process and in others on the same database. */
export interface ChangeChannel extends AsyncDisposable {
  /** Notes that rows of a tenant were committed. It costs a call: what is noted is announced later, together. */
  note(tenant: string): void
  /** Calls a function after rows of a tenant have changed, until the function that is returned is called. */
  follow(tenant: string, onChange: () => void): () => void
}

/** Which server carries the announcements. */
export interface ChangeChannelOptions {
  /** null: the embedded database, whose readers are all in this process. */
  readonly url: string | null
  readonly connectTimeoutMs: number
}

/** Changes are announced at most ten times a second. */
const announceEveryMs = 100
/** How long after a connection was lost the next one is tried. Readers look once a second by themselves meanwhile. */
const reconnectMs = 5_000
const channel = 'spanledger_changes'

/**
 * Opens a channel. It has connections of its own, so that no transaction of a sender has a NOTIFY in it: its commit would
 * wait for the lock of the server's one queue of notifications. Both ends may fail for good, through PgBouncer or on a
 * standby; readers therefore look by themselves, too.
 */
export function openChangeChannel(options: ChangeChannelOptions): ChangeChannel {
  const followers = new Map<string, Set<() => void>>()
  const remote = options.url === null ? null : new RemoteChanges(options.url, options.connectTimeoutMs, announce)
  /** Tenants, whose names are hashed when they are announced, since one is noted for each request. */
  const noted = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  function announce(key: string): void {
    for (const onChange of followers.get(key) ?? []) onChange()
  }
  const flush = () => {
    timer = undefined
    const keys = Array.from(noted, keyOf)
    noted.clear()
    for (const key of keys) announce(key)
    remote?.send(keys)
  }
  return {
    note(tenant) {
      noted.add(tenant)
      timer ??= setTimeout(flush, announceEveryMs).unref()
    },
    follow(tenant, onChange) {
      const key = keyOf(tenant)
      const own = followers.get(key) ?? new Set()
      followers.set(key, own.add(onChange))
      remote?.listen()
      return () => {
        own.delete(onChange)
        if (own.size === 0) followers.delete(key)
      }
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await remote?.close()
    },
  }
}

/** Hashes a tenant's name for a notification, since every role of the server can LISTEN for it. */
function keyOf(tenant: string): string {
  return createHash('sha256').update(tenant).digest('hex').slice(0, 16)
}

/** The other processes on a database. */
class RemoteChanges {
  readonly #url: string
  readonly #connectTimeoutMs: number
  readonly #onKey: (key: string) => void
  /** One connection for LISTEN and one for NOTIFY, since a notification must not wait behind another statement. */
  readonly #clients = new Map<'listen' | 'send', Promise<pg.Client | null>>()
  #sending = false
  #isClosed = false

  constructor(url: string, connectTimeoutMs: number, onKey: (key: string) => void) {
    this.#url = url
    this.#connectTimeoutMs = connectTimeoutMs
    this.#onKey = onKey
  }

  /** Connects and runs LISTEN, so that announcements of other processes arrive. */
  listen(): void {
    void this.#client('listen')
  }

  /** Announces keys. What can't be announced now is left out: readers look by themselves. */
  send(keys: readonly string[]): void {
    if (this.#sending || this.#isClosed) return
    this.#sending = true
    void this.#client('send')
      .then((client) => client?.query('select pg_notify($1, key) from unnest($2::text[]) as key', [channel, keys]))
      .catch(() => {})
      .finally(() => {
        this.#sending = false
      })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const clients = await Promise.all(this.#clients.values())
    for (const client of clients) await client?.end().catch(() => {})
  }

  #client(purpose: 'listen' | 'send'): Promise<pg.Client | null> {
    if (this.#isClosed) return Promise.resolve(null)
    const known = this.#clients.get(purpose)
    if (known !== undefined) return known
    const client = this.#connect(purpose).catch(() => {
      this.#lost(purpose)
      return null
    })
    this.#clients.set(purpose, client)
    return client
  }

  async #connect(purpose: 'listen' | 'send'): Promise<pg.Client> {
    const { default: driver } = await import('pg')
    const client = new driver.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: this.#connectTimeoutMs,
      application_name: 'spanledger changes',
      keepAlive: true,
      query_timeout: 5_000,
    })
    // without a listener the loss of the connection would end the process
    client.on('error', () => {})
    client.on('end', () => this.#lost(purpose))
    await client.connect()
    if (purpose === 'listen') {
      client.on('notification', ({ payload = '' }) => this.#onKey(payload))
      await client.query(`listen ${channel}`)
    }
    return client
  }

  /** Forgets a connection that is lost, after a while: until then nothing is tried. */
  #lost(purpose: 'listen' | 'send'): void {
    if (this.#isClosed) return
    setTimeout(() => {
      this.#clients.delete(purpose)
      if (purpose === 'listen') this.listen()
    }, reconnectMs).unref()
  }
}
