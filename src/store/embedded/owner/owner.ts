import { createHash } from 'node:crypto'
import { chmodSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Unavailable } from '../../../errors.ts'
import { readFrames } from './framing.ts'

/** Who has a folder; it tells this to everybody who connects. */
export interface Owner {
  readonly pid: number
  /** ISO 8601 */
  readonly since: string
}

/** A connection to the owner, which has just said who it is. */
export interface OwnerConnection {
  readonly owner: Owner
  readonly socket: Socket
  readonly frames: AsyncGenerator<unknown, undefined>
}

/** An owner that has just started needs this long at most until it listens. */
const patienceMs = 3_000
/** A Unix socket's path has 104 bytes on macOS, 108 on Linux. */
const longestPath = 100

/**
 * Makes this process the owner of a folder, or gives null where another one is. Two databases in one folder destroy it,
 * so nothing may be opened there before, and ownership is given up after everything is closed. It ends with the process,
 * whatever ends it: it is a name that the kernel lets one process listen on. On Linux that is an abstract name; elsewhere
 * the socket that peers connect to serves, which is looked at before it is replaced.
 */
export async function claim(folder: string, onClient: (socket: Socket) => void): Promise<AsyncDisposable | null> {
  const lock = await listenOnce(lockName(folder), (socket) => socket.destroy())
  if (lock === null) return null
  const address = addressOf(folder)
  const other = await connectOnce(address)
  other?.socket.destroy()
  const server = other === null ? await listenAgain(address, onClient) : null
  if (server === null) await closed(lock)
  return server && { [Symbol.asyncDispose]: () => closed(server).then(() => closed(lock)) }
}

/** Connects to the folder's owner. Throws `Unavailable` where it doesn't answer. */
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
  const place = path.join(realpathSync(folder), 'owner.sock')
  const name = `spanledger-${createHash('sha256').update(place).digest('hex').slice(0, 16)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(place) <= longestPath ? place : path.join(os.tmpdir(), `${name}.sock`)
}

async function listenAgain(address: string, onClient: (socket: Socket) => void): Promise<Server | null> {
  const isFile = process.platform !== 'win32'
  if (isFile) rmSync(address, { force: true })
  const server = await listenOnce(address, onClient)
  if (isFile && server !== null) chmodSync(address, 0o600)
  return server
}

/** Null where somebody else listens there. A name of null is nobody's. */
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
