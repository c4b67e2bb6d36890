import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type Mutex, openMutex } from '../../../../src/store/embedded/owner/mutex.ts'
import { claim } from '../../../../src/store/embedded/owner/owner.ts'
import { serveClient } from '../../../../src/store/embedded/owner/server.ts'
import type { PgliteThread } from '../../../../src/store/embedded/thread/pglite-thread.ts'
import type { Statement } from '../../../../src/store/embedded/thread/statement-protocol.ts'

/** The owner of a folder, whose thread only notes the statements that it is sent. */
export interface FakeOwner extends AsyncDisposable {
  readonly folder: string
  readonly mutex: Mutex
  /** The statements in their order. */
  readonly statements: Statement[]
}

/** Serves clients from a thread that answers with `answer`: by default, each statement with one row. */
export async function fakeOwner({
  maxHoldMs = 300_000,
  answer = async ({ sql }: Statement): Promise<object[]> => [{ sql }],
} = {}): Promise<FakeOwner> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-owner-'))
  const mutex = openMutex()
  const statements: Statement[] = []
  const thread: PgliteThread = {
    hasEnded: () => false,
    send: (statement) => {
      statements.push(statement)
      return answer(statement)
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const owner = { pid: process.pid, since: '2026-01-01T00:00:00.000Z' }
  const serve = (socket: Socket) => void serveClient(socket, { owner, mutex, thread: async () => thread, maxHoldMs })
  const claimed = await claim(folder, serve)
  return {
    folder,
    mutex,
    statements,
    async [Symbol.asyncDispose]() {
      await claimed?.[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
