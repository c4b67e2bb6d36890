import { type Database, defaultTransactionLimits } from '../../database.ts'
import { failureToError, type SendStatement, type Statement, transactionBy } from '../thread/statement-protocol.ts'
import { writeFrame } from './framing.ts'
import { connectToOwner, type OwnerConnection } from './owner.ts'
import type { ServerAnswer } from './server.ts'

/** The embedded database of another process: each transaction is a connection to that process. */
export function openClient(folder: string, description: string): Database {
  return {
    description,
    async transaction(work, limits = defaultTransactionLimits) {
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

function sendOver({ socket, frames, owner }: OwnerConnection): SendStatement {
  return async (command: Statement) => {
    writeFrame(socket, command)
    const { value } = await frames.next()
    if (value === undefined) throw new Error(`process ${owner.pid}, which has it, closed the connection`)
    const answer = value as ServerAnswer
    if ('error' in answer) throw failureToError(answer.error)
    return answer.rows
  }
}
