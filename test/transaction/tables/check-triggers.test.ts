import { expect, test } from 'vitest'
import { Misconfigured } from '../../../src/errors.ts'
import { checkTriggers } from '../../../src/transaction/tables/check-triggers.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'

test('a trigger that would use a book in place of a table of its own must have a search_path', async () => {
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const check = () => database.transaction((session) => checkTriggers(session, ['task_executions']))
  await client.query(`
    create table workflows (id text);
    create function note_workflow() returns trigger language plpgsql as $$ begin
      insert into workflows values (new.workflow_id);
      return new;
    end $$;
    create trigger note_workflow after insert on task_executions for each row execute function note_workflow()`)
  await expect(check()).rejects.toThrow(
    'Give the function a path of its own: alter function note_workflow() set search_path = public',
  )
  await expect(openTestWriter(database)([callFacts(1)])).rejects.toBeInstanceOf(Misconfigured)
  await client.query('alter function note_workflow() set search_path = public')
  await check()
  expect(await openTestWriter(database)([callFacts(1)])).toEqual(['committed'])
  expect((await client.query('select id from public.workflows')).rows).toEqual([{ id: 'wf-1' }])
})

test.each([
  ['a table with its schema', 'insert into public.workflows values (new.workflow_id)'],
  ['another name', 'perform count(*) from my_workflows'],
])('a trigger that uses %s is right as it is', async (_, statement) => {
  await using ledger = await freshLedger()
  await ledger.client.query(`
    create table workflows (id text); create table my_workflows (id text);
    create function note_workflow() returns trigger language plpgsql as $$ begin
      ${statement};
      return new;
    end $$;
    create trigger note_workflow after insert on task_executions for each row execute function note_workflow()`)
  await ledger.database.transaction((session) => checkTriggers(session, ['task_executions']))
})
