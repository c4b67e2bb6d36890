import { retentionOf } from '../../config/value-kinds.ts'
import { refreshRollups } from '../../rollups/refresh.ts'
import { fileNameOf } from '../../store/archive/parts.ts'
import type { Expired } from '../../store/partitions/retention.ts'
import { listExpiredRows, removeExpiredRows } from '../../transaction/retention/expired-rows.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

/** Removes what is kept no longer, and says what that was; with `--dry-run` says it only. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, switches, write, writeError } = input
  const tenant = tenantOption(input)
  const retention = retentionOf(config.retention, tenant)
  await using database = await openForReading(input, tenant)
  const expired = await listExpiredRows(database, retention, { archiveFolder: config.archive })
  // the sums of an hour outlive its rows
  if (!switches.has('dry-run')) await refreshRollups(database)
  const archived = switches.has('dry-run')
    ? []
    : await removeExpiredRows(database, retention, {
        archiveFolder: config.archive,
        onWait: (parts) => writeError(`Another process archives ${parts.map(fileNameOf).join(', ')}: waiting for it\n`),
      })
  if (switches.has('json')) return write(`${JSON.stringify(expired)}\n`)
  for (const { file, rows } of archived) write(`${file} has ${rows} rows\n`)
  if (Object.keys(retention).length === 0)
    return write('Everything is kept: the setting `retention` names no table (SPANLEDGER_RETENTION)\n')
  if (expired.length === 0) return write('Nothing is older than it is kept\n')
  write(textTable(['table', 'what', 'rows', 'size', 'before'], expired.map(line)))
  write(switches.has('dry-run') ? 'Nothing is removed: this is what would go\n' : 'All of it is removed\n')
}

function line({ table, partition, rows, bytes, before }: Expired): string[] {
  const megabytes = `${(bytes / 1e6).toFixed(1)} MB`
  return [table, partition ?? 'rows', String(rows), megabytes, before.toISOString().slice(0, 10)]
}
