import { BinaryValues } from './binary-values.ts'

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')

/**
 * Writes rows as COPY takes them.
 * Source: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
 */
export class BinaryRows extends BinaryValues {
  constructor() {
    super()
    this.raw(signature)
  }

  row(fields: number): void {
    this.int2(fields)
  }

  /** Returns all rows with header and trailer. Nothing can be written after. */
  finish(): Buffer {
    this.int2(-1)
    return this.bytes()
  }
}
