import { type Database, databaseOver } from '../../database.ts'
import { failureToError, type SendStatement, statementBy, transactionBy } from '../thread/statement-protocol.ts'
import { writeFrame } from './framing.ts'
import { connectToOwner, type OwnerConnection } from './owner.ts'
import type { ServerAnswer } from './server.ts'

/** Opens the embedded database that another process owns: each transaction is a connection to that process. */
export function openClient(folder: string, description: string): Database {
  const connected = async <T>(work: (send: SendStatement) => Promise<T>): Promise<T> => {
    const connection = await connectToOwner(folder)
    try {
      return await work(sendOver(connection))
    } finally {
      connection.socket.destroy()
    }
  }
  return databaseOver({
    description,
    transaction: (work, begin) => connected((send) => transactionBy(send, work, begin)),
    statement: (sql) => connected((send) => statementBy(send, sql)),
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
