import { createHash } from 'node:crypto'
import { chmodSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Unavailable } from '../../../errors.ts'
import { lockFile } from './file-lock.ts'
import { readFrames } from './framing.ts'

/** The process that owns a folder: the first frame that a client receives. */
export interface Owner {
  readonly pid: number
  /** The time at which the process claimed the folder, in ISO 8601. */
  readonly since: string
  /** Whether it is a receiver, which comes back when it is restarted. Absent in earlier versions. */
  readonly exclusive?: boolean
}

/** A connection of a client to the owner, after its first frame. */
export interface OwnerConnection {
  readonly owner: Owner
  readonly socket: Socket
  readonly frames: AsyncGenerator<unknown, undefined>
}

/** How long a client waits for an owner that has claimed the folder and does not listen yet. */
const patienceMs = 3_000
/** The longest path of a Unix socket, in bytes, with some to spare: macOS allows 104, Linux 108. */
const longestPath = 100

/**
 * Makes this process the owner of a folder; returns null where another process owns it. Two databases on one folder
 * destroy it, so no file may be opened before, and dispose comes after everything is closed. Ownership is a lock of the
 * kernel on a file in the folder, which ends with the process, even after SIGKILL, holds while it is frozen, and is seen in
 * all containers of the machine. Where there is none, `onWarning` is called, and ownership is a name that the kernel lets one process listen on: on
 * Linux an abstract one, elsewhere the socket of the clients, to which `claim` tries to connect before it replaces it.
 */
export async function claim(
  folder: string,
  onClient: (socket: Socket) => void,
  onWarning: (text: string) => void = () => {},
): Promise<AsyncDisposable | null> {
  const locked = await lockFile(path.join(folder, 'owner.lock'), onWarning)
  if (locked === null) return null
  const name = await claimName(folder, onClient)
  if (name === null) locked[Symbol.dispose]()
  return (
    name && {
      async [Symbol.asyncDispose]() {
        await name[Symbol.asyncDispose]()
        locked[Symbol.dispose]()
      },
    }
  )
}

/** Listens on the names; returns null where another process does: it may be of a version that locks no file. */
async function claimName(folder: string, onClient: (socket: Socket) => void): Promise<AsyncDisposable | null> {
  const lock = await listenOnce(lockName(folder), (socket) => socket.destroy())
  if (lock === null) return null
  const address = addressOf(folder)
  const existing = await connectOnce(address)
  existing?.socket.destroy()
  const server = existing === null ? await replaceSocket(address, onClient) : null
  if (server === null) await closed(lock)
  return server && { [Symbol.asyncDispose]: () => closed(server).then(() => closed(lock)) }
}

/** Connects to the owner of a folder. Throws `Unavailable` where it doesn't answer within 3 seconds. */
export async function connectToOwner(folder: string): Promise<OwnerConnection> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(50)) {
    const connection = await connectOnce(addressOf(folder))
    if (connection !== null) return connection
  }
  throw new Unavailable(`the process that has ${folder} doesn't answer`)
}

function lockName(folder: string): string | null {
  if (process.platform !== 'linux') return null
  const { dev, ino } = statSync(folder, { bigint: true })
  return `\0spanledger-${dev}-${ino}`
}

function addressOf(folder: string): string {
  const socketPath = path.join(realpathSync(folder), 'owner.sock')
  const name = `spanledger-${createHash('sha256').update(socketPath).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(socketPath) <= longestPath ? socketPath : path.join(os.tmpdir(), `${name}.sock`)
}

async function replaceSocket(address: string, onClient: (socket: Socket) => void): Promise<Server | null> {
  const isFile = process.platform !== 'win32'
  if (isFile) rmSync(address, { force: true })
  const server = await listenOnce(address, onClient)
  if (isFile && server !== null) chmodSync(address, 0o600)
  return server
}

/** Listens on a name; returns null where another process does. Where the platform has no such name (null), it doesn't listen. */
function listenOnce(name: string | null, onClient: (socket: Socket) => void): Promise<Server | null> {
  const server = createServer(onClient).unref()
  if (name === null) return Promise.resolve(server)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(name, () => resolve(server))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

/** Connects and reads the owner's first frame; returns null where no process answers. */
async function connectOnce(address: string): Promise<OwnerConnection | null> {
  const socket = createConnection(address)
  socket.setTimeout(patienceMs, () => socket.destroy())
  const frames = readFrames(socket)
  try {
    const { value } = await frames.next()
    if (value === undefined) return null
    socket.setTimeout(0)
    return { owner: value as Owner, socket, frames }
  } catch {
    return null
  }
}
