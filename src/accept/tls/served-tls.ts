import type { Server } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../errors.ts'
import { readTls, type TlsContext, type TlsFiles } from './tls-files.ts'
import { watchFiles } from './watch-files.ts'

/** The TLS that the servers of a receiver serve, which follows its files. */
export interface ServedTls extends AsyncDisposable {
  readonly current: () => TlsContext
  /** Keeps a server on the newest TLS. `onOtherClients` is called when other CAs of clients hold from now on. */
  follow(server: Server, onOtherClients: () => void): void
}

/** How the files are followed. */
export interface TlsOptions extends TlsFiles {
  readonly everyMs: number
  readonly onChanged: (context: TlsContext) => void
  /** Called when the files have changed and can't be used: what was served before goes on. */
  readonly onFailed: (why: string) => void
}

/**
 * Reads the files, and again whenever they change. New connections have the new certificate; those that are open go on
 * with theirs. Certificate and key are replaced one after the other, so a pair that doesn't fit is tried again at each
 * turn, and said once it has not fitted twice. Throws `Misconfigured` where the files can't be used at the start.
 */
export async function serveTls(options: TlsOptions): Promise<ServedTls> {
  const { certFile, keyFile, clientCaFile, everyMs, onChanged, onFailed } = options
  let current = readTls(options)
  let failures = 0
  const followers: { readonly server: Server; readonly onOtherClients: () => void }[] = []
  const onChange = () => {
    try {
      const next = readTls(options)
      failures = 0
      // a file that was touched is the same
      if (isDeepStrictEqual(next, current)) return true
      const hasOtherClients = next.ca !== current.ca
      current = next
      for (const { server, onOtherClients } of followers) {
        server.setSecureContext(next)
        if (hasOtherClients) onOtherClients()
      }
      onChanged(next)
      return true
    } catch (error) {
      failures++
      if (failures === 2) onFailed(messageOf(error))
      return false
    }
  }
  const files = [certFile, keyFile, ...(clientCaFile === null ? [] : [clientCaFile])]
  const watch = await watchFiles({ files, everyMs, onChange })
  return {
    current: () => current,
    follow: (server, onOtherClients) => void followers.push({ server, onOtherClients }),
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  }
}
