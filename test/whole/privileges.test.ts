import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../support/command.ts'
import { readDocument } from '../support/documents.ts'
import { makePlatform } from '../support/platform.ts'
import { connect, startPostgres } from '../support/postgres.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'

const password = 'of-a-test'

/** The statements that docs/operations.md gives: for the owner of the tables, and for the receiver. */
function documentedStatements(): { owner: string; receiver: string } {
  const [, section = ''] = readDocument('docs/operations.md').split('\n## Privileges\n')
  const blocks = [...section.split('\n## ')[0]!.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) =>
    sql!.replace('…', password),
  )
  expect(blocks).toHaveLength(2)
  return { owner: blocks[0]!, receiver: blocks[1]! }
}

/** A platform's tables, made by a role of its own, with row security on one of them. */
const platform = async (url: string, asPlatform: string) => {
  await using admin = await connect(url)
  await admin.query(
    `create role platform login password '${password}'; grant create on schema public to platform; create extension "uuid-ossp"`,
  )
  await using client = await connect(asPlatform)
  await makePlatform(client, 'older')
  await client.query(
    'alter table event_logs enable row level security; create policy everyone on event_logs using (true)',
  )
  await admin.query('grant platform to spanledger_owner')
}

test.each([
  ['a new database', async () => {}],
  ["a platform's database", platform],
])('the privileges that docs/operations.md lists are enough for %s', async (_, prepare) => {
  await using server = await startPostgres()
  const as = (role: string) => {
    const url = new URL(server.url)
    Object.assign(url, { username: role, password })
    return url.href
  }
  const { owner, receiver } = documentedStatements()
  await using admin = await connect(server.url)
  await admin.query(owner)
  await prepare(server.url, as('platform'))

  const migrated = await outcomeOf(['migrate'], { DATABASE_URL: as('spanledger_owner') })
  expect(migrated).toMatchObject({ code: 0, output: expect.stringMatching(/^Applied/) })
  await admin.query(receiver)

  const DATABASE_URL = as('spanledger_receiver')
  await using serving = await spawnReceiver(DATABASE_URL)
  const names = recordingNames('hand-')
  const requests = rearrange(piecesOf(names), { seed: 1, duplicate: 0.2, variants: 0.2 })
  const sent = await sendAll([...requests, ...names.flatMap(requestsOf)], [serving.http])
  expect(sent).toMatchObject({ failed: [], rejected: 0 })
  const invalid = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '00', spanId: '00', name: 'x' }] }] }] }
  const refused = await sendAll(
    [{ signal: 'traces', format: 'json', body: Buffer.from(JSON.stringify(invalid)) }],
    [serving.http],
  )
  expect(refused).toMatchObject({ rejected: 1 })
  for (const args of [
    ['refused', 'list'],
    ['refused', 'retry'],
    ['explain', 'x'],
    ['migrate'],
    ['migrate', '--plan'],
  ]) {
    const { output, code } = await outcomeOf(args, { DATABASE_URL })
    // a retry is refused again, and nothing is known of x
    const expected = { 'refused retry': 3, 'explain x': 1 }[args.join(' ')] ?? 0
    expect({ args, code, output }).toMatchObject({ code: expected })
  }
  const settings = {
    DATABASE_URL,
    SPANLEDGER_HTTP_LISTEN: new URL(serving.http).host,
    SPANLEDGER_GRPC_LISTEN: serving.grpc,
  }
  expect(await outcomeOf(['doctor'], settings)).toMatchObject({ code: 0 })
  const demo = await outcomeOf(['demo'], settings)
  expect(demo.output).toMatch(
    /Its user stays, since this role may not delete users: delete from users where .*'demo-\w{8}-ada'/,
  )
  expect(demo.code).toBe(0)

  await using client = await connect(DATABASE_URL)
  for (const forbidden of [
    'delete from users',
    'update users set email = null',
    'create table public.mine ()',
    'drop table spanledger.ledger',
  ]) {
    await expect(client.query(forbidden), forbidden).rejects.toThrow(/permission denied|must be owner/)
  }
})
