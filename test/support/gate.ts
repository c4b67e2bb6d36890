import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A port in front of another, at which a test decides what passes. At first newcomers wait. */
export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Connections, those that wait too, go to this port of 127.0.0.1. */
  leadTo(port: number): void
  /** Whoever comes from now on waits until the gate leads somewhere again. */
  letWait(): void
  /** Cuts all connections, and each that comes until the gate leads somewhere again. */
  refuse(): void
  /** What the far side says from now on doesn't arrive, until `cut`. */
  holdAnswers(): void
  /** Cuts all connections, in the middle of whatever they are at. */
  cut(): void
}

export async function openGate(): Promise<Gate> {
  const near = new Set<Socket>()
  const waiting = new Set<Socket>()
  const far = new Map<Socket, Socket>()
  let target: number | 'wait' | 'refuse' = 'wait'
  let holding = false

  const join = (socket: Socket, port: number) => {
    const other = connect(port, '127.0.0.1')
    far.set(socket, other)
    socket.pipe(other)
    if (!holding) other.pipe(socket)
    other.on('error', () => socket.destroy()).once('close', () => socket.destroySoon())
  }
  const server = createServer({ noDelay: true }, (socket) => {
    near.add(socket)
    socket
      .on('error', () => {})
      .once('close', () => {
        for (const list of [near, waiting]) list.delete(socket)
        far.get(socket)?.destroy()
        far.delete(socket)
      })
    if (target === 'refuse') socket.destroy()
    else if (target === 'wait') waiting.add(socket)
    else join(socket, target)
  })
  const gate = {
    leadTo(port: number) {
      target = port
      for (const socket of waiting) join(socket, port)
      waiting.clear()
    },
    letWait() {
      target = 'wait'
    },
    refuse() {
      target = 'refuse'
      gate.cut()
    },
    holdAnswers() {
      holding = true
      for (const [socket, other] of far) other.unpipe(socket)
    },
    cut() {
      holding = false
      for (const socket of near) socket.destroy()
    },
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    ...gate,
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.close()
      gate.refuse()
    },
  }
}
