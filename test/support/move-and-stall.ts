import type { Database } from '../../src/store/database.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import { openTestDatabase } from './fresh-ledger.ts'
import { lateRoot, manySteps } from './late-root.ts'
import { fixedPrice } from './prices.ts'
import { openTestWriter } from './writer.ts'

// Writes a run whose id comes last into the database of its argument, and stands still in the third part of its move.
const database = openTestDatabase(process.argv[2]!)
let parts = -1
const stalling: Database = {
  ...database,
  transaction: (work, limits) =>
    database.transaction(async (session) => {
      const result = await work(session)
      if (parts < 0) return result
      parts += 1
      if (parts < 3) return result
      process.stdout.write('stands still\n')
      return new Promise<never>(() => setInterval(() => {}, 1000))
    }, limits),
}
const write = openTestWriter(stalling, {
  price: fixedPrice(1_234_567, 'openai'),
  traceCache: openTraceCache(100_000),
  mostMovedRows: 20,
})
await write(manySteps)
await write([lateRoot])
parts = 0
