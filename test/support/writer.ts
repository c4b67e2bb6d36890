import type { Database } from '../../src/store/database.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import { openWriter, type Writer } from '../../src/transaction/writer.ts'
import type { WriterOptions } from '../../src/transaction/writer-options.ts'
import { noPrice } from './prices.ts'

/** A writer as the doors open it: prices nothing, remembers no trace and reports nothing, unless `other` says so. */
export function openTestWriter(database: Database, other: Partial<WriterOptions> = {}): Writer {
  return openWriter({
    database,
    traceCache: openTraceCache(0),
    price: noPrice,
    toJson: JSON.stringify,
    onCommitted: () => {},
    onUnavailable: () => {},
    onCostGaps: () => {},
    onForeignRows: () => {},
    ...other,
  })
}
