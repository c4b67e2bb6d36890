import { Unavailable } from '../../../errors.ts'
import type { DatabaseConnections } from '../../database.ts'
import { failureToError, type SendStatement, statementBy, transactionBy } from '../thread/statement-protocol.ts'
import { writeFrame } from './framing.ts'
import { connectToOwner, type Owner, type OwnerConnection } from './owner.ts'
import type { ServerAnswer } from './server.ts'

/** The owner has gone, or doesn't answer, and has run nothing of the transaction: it can run elsewhere. */
class OwnerLeft extends Unavailable {}

/** For how long a transaction looks for another owner, in milliseconds. */
const patienceMs = 10_000

/**
 * Connects to the embedded database that another process owns: each transaction is a connection to that process. Where the
 * owner leaves before it has run anything, the transaction goes to the next owner. That one is this process if `claim`
 * makes it so (null: another one has the folder), but not where a receiver had it: it may be restarted, and would find its
 * folder taken.
 */
export function connectAsClient(
  folder: string,
  description: string,
  claim: () => Promise<DatabaseConnections | null>,
): DatabaseConnections {
  let owned: DatabaseConnections | null = null
  let claiming: Promise<DatabaseConnections | null> | undefined
  let followed: Owner | undefined
  const client = clientOf(folder, description, (owner) => {
    followed = owner
  })
  const anywhere = async <T>(work: (connections: DatabaseConnections) => Promise<T>): Promise<T> => {
    for (const endMs = Date.now() + patienceMs; ; ) {
      try {
        return await work(owned ?? client)
      } catch (error) {
        if (!(error instanceof OwnerLeft) || Date.now() > endMs) throw error
      }
      if (followed !== undefined && followed.exclusive !== false) continue
      claiming ??= claim()
      owned ??= await claiming
      claiming = undefined
    }
  }
  return {
    description,
    transaction: (work, begin) => anywhere((connections) => connections.transaction(work, begin)),
    statement: (sql) => anywhere((connections) => connections.statement(sql)),
    [Symbol.asyncDispose]: async () => owned?.[Symbol.asyncDispose](),
  }
}

function clientOf(folder: string, description: string, onOwner: (owner: Owner) => void): DatabaseConnections {
  const connected = async <T>(work: (send: SendStatement) => Promise<T>): Promise<T> => {
    const connection = await connectToOwner(folder).catch((error: Error) => {
      throw new OwnerLeft(error.message, { cause: error })
    })
    onOwner(connection.owner)
    try {
      return await work(sendOver(connection))
    } finally {
      connection.socket.destroy()
    }
  }
  return {
    description,
    transaction: (work, begin) => connected((send) => transactionBy(send, work, begin)),
    statement: (sql) => connected((send) => statementBy(send, sql)),
    [Symbol.asyncDispose]: async () => {},
  }
}

function sendOver({ socket, frames, owner }: OwnerConnection): SendStatement {
  let isFirst = true
  return async (statement) => {
    writeFrame(socket, statement)
    const { value } = await frames.next()
    const leaves = `process ${owner.pid}, which has it, closed the connection`
    if (value === undefined) throw isFirst ? new OwnerLeft(leaves) : new Error(leaves)
    isFirst = false
    const answer = value as ServerAnswer
    if ('error' in answer) throw failureToError(answer.error)
    return answer.rows
  }
}
