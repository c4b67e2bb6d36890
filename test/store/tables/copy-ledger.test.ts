import { expect, test } from 'vitest'
import { Misconfigured } from '../../../src/errors.ts'
import { copyLedger } from '../../../src/store/tables/copy-ledger.ts'
import { everyRow } from '../../support/every-row.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'

const rows = `
  insert into users (external_id, email) values ('ada', null), ('o''hara', 'ä@example.org');
  insert into task_executions (workflow_id, user_id, query, status, started_at, metadata, total_cost_usd)
    select 'wf-' || n, (select id from users where external_id = 'ada'), E'a\\n"b"', 'COMPLETED', now() - n * interval '1 microsecond', '{"n": 1}', n / 3.0
    from generate_series(1, 450) n;
  insert into spanledger.reports (tenant, workflow, id, keys, report) values ('', 'wf-1', gen_random_uuid(), array['a,"b"', ''], '{}');
  insert into spanledger.refused_spans (id, tenant, signal, trace, span, name, reason, message, format, body)
    values (gen_random_uuid(), '', 'traces', '', '', '', 'r', 'm', 'json', '\\x00ff')`

test('all rows are copied, exactly, however many fetches a table takes', async () => {
  await using source = await freshLedger()
  await using target = await freshLedger()
  await source.client.query(rows)
  const copied = await copyLedger(source.database, target.database)
  expect(copied[0]).toEqual({ table: 'users', rows: 2 })
  expect(copied).toContainEqual({ table: 'task_executions', rows: 450 })
  expect(await everyRow(target.client)).toEqual(await everyRow(source.client))
})

test('nothing is copied into a database that has a row', async () => {
  await using source = await freshLedger()
  await using target = await freshLedger()
  await source.client.query(rows)
  await target.client.query("insert into spanledger.traces values ('', gen_random_uuid(), now(), 1)")
  const before = await everyRow(target.client)
  const copying = copyLedger(source.database, target.database)
  await expect(copying).rejects.toThrow(Misconfigured)
  await expect(copying).rejects.toThrow('test has rows already, in spanledger.traces')
  expect(await everyRow(target.client)).toEqual(before)
})
