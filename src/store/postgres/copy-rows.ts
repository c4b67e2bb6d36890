import type pg from 'pg'

/** The part of the class `Query` of node-postgres that its types leave out. */
interface CopyQuery extends pg.Query {
  handleCopyInResponse: () => void
}

/**
 * Runs COPY … FROM STDIN on a connection of node-postgres. The rows are sent with the statement, in one write: PostgreSQL
 * ignores them where the statement fails.
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export function copyRows(client: pg.Client, Query: typeof pg.Query, sql: string, rows: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new Query(sql, (error) => (error ? reject(error) : resolve())) as CopyQuery
    query.submit = (connection) => {
      const { stream } = connection
      stream.cork()
      connection.query(sql)
      stream.write(copyDataHeader(rows.length))
      stream.write(rows)
      stream.write(copyDone)
      stream.uncork()
    }
    query.handleCopyInResponse = () => {}
    client.query(query)
  })
}

const lengthBytes = 4
const copyData = 'd'.charCodeAt(0)
const copyDone = Buffer.from(['c'.charCodeAt(0), 0, 0, 0, lengthBytes])

function copyDataHeader(bytes: number): Buffer {
  const header = Buffer.allocUnsafe(1 + lengthBytes)
  header.writeUInt8(copyData)
  header.writeUInt32BE(lengthBytes + bytes, 1)
  return header
}
