import { type Database, defaultLimits } from '../../database.ts'
import { type Command, errorOf, type Send, transactionBy } from '../engine/statement-protocol.ts'
import { writeFrame } from './framing.ts'
import { type Connection, connectToOwner } from './owner.ts'
import type { PeerAnswer } from './server.ts'

/** The embedded database of another process: each transaction is a connection to that process. */
export function openPeer(folder: string, description: string): Database {
  return {
    description,
    async transaction(work, limits = defaultLimits) {
      const connection = await connectToOwner(folder)
      try {
        return await transactionBy(sendOver(connection), work, limits)
      } finally {
        connection.socket.destroy()
      }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

function sendOver({ socket, frames, owner }: Connection): Send {
  return async (command: Command) => {
    writeFrame(socket, command)
    const { value } = await frames.next()
    if (value === undefined) throw new Error(`process ${owner.pid}, which has it, closed the connection`)
    const answer = value as PeerAnswer
    if ('error' in answer) throw errorOf(answer.error)
    return answer.rows
  }
}
