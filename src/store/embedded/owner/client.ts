import { type Database, databaseOver } from '../../database.ts'
import { failureToError, type SendStatement, transactionBy } from '../thread/statement-protocol.ts'
import { writeFrame } from './framing.ts'
import { connectToOwner, type OwnerConnection } from './owner.ts'
import type { ServerAnswer } from './server.ts'

/** Opens the embedded database that another process owns: each transaction is a connection to that process. */
export function openClient(folder: string, description: string): Database {
  return databaseOver({
    description,
    async transaction(work, begin) {
      const connection = await connectToOwner(folder)
      try {
        return await transactionBy(sendOver(connection), work, begin)
      } finally {
        connection.socket.destroy()
      }
    },
    [Symbol.asyncDispose]: async () => {},
  })
}

function sendOver({ socket, frames, owner }: OwnerConnection): SendStatement {
  return async (statement) => {
    writeFrame(socket, statement)
    const { value } = await frames.next()
    if (value === undefined) throw new Error(`process ${owner.pid}, which has it, closed the connection`)
    const answer = value as ServerAnswer
    if ('error' in answer) throw failureToError(answer.error)
    return answer.rows
  }
}
