import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { outcomeOf } from '../support/command.ts'
import { clientOf, freshFolder, openFolder } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, emptyDatabase, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { requestsOf } from '../support/recordings.ts'
import { laterRequests, releasedRecordings } from '../support/released.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

/** The database of each release, with the first part of some recordings, as `keep-release.ts` has kept it. */
const folder = path.join(import.meta.dirname, 'released')
const releases = readdirSync(folder).map((file) => file.replace('.sql.gz', ''))

/** What this version makes of the same spans in an empty database. */
let expected: string

beforeAll(async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  expect(await sendAll(releasedRecordings.flatMap(requestsOf), [receiver.http])).toMatchObject({ failed: [] })
  await using client = await connect(database.url)
  expected = await dumpLedger(client)
})

function dumpOf(release: string): string {
  return gunzipSync(readFileSync(path.join(folder, `${release}.sql.gz`))).toString()
}

/** The second part of the recordings arrives, and then all that the release has settled by its own rules is settled anew. */
async function goOn(client: pg.Client, http: string, resettle: () => Promise<unknown>): Promise<void> {
  expect(await sendAll(laterRequests(), [http])).toMatchObject({ failed: [], rejected: 0 })
  expect(await verifyRecordings(client, releasedRecordings)).toEqual([])
  await resettle()
  expect(await brokenSums(client)).toEqual([])
  expect(await dumpLedger(client)).toBe(expected)
}

describe.each(releases)('the database of %s', (release) => {
  test('in PostgreSQL goes on with the rest of its spans', async () => {
    await using database = await emptyDatabase()
    await using client = await connect(database.url)
    await client.query(`${dumpOf(release)};reset search_path`)
    await using receiver = await openTestReceiver(database.url)
    await goOn(client, receiver.http, async () => {
      expect(await outcomeOf(['resettle'], { DATABASE_URL: database.url })).toMatchObject({ code: 0 })
    })
  })

  test('embedded goes on with the rest of its spans', async () => {
    await using data = await freshFolder()
    {
      // the embedded database has no extensions, and had none in the release
      const statements = dumpOf(release)
        .replaceAll(/^CREATE EXTENSION .*;$/gm, '')
        .replaceAll('public.uuid_generate_v4()', 'gen_random_uuid()')
      mkdirSync(data.path)
      const old = await PGlite.create(path.join(data.path, 'database'))
      await old.exec(statements)
      await old.close()
    }
    await using receiver = await openTestReceiver('', { SPANLEDGER_DATA_DIR: data.path })
    await using database = await openFolder(data.path)
    await goOn(clientOf(database), receiver.http, async () => {
      expect(await outcomeOf(['resettle'], { SPANLEDGER_DATA_DIR: data.path })).toMatchObject({ code: 0 })
    })
  })
})
