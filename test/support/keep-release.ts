/**
 * Keeps the database of a release for `test/whole/released.test.ts`: sends it the first part of some recordings, and dumps
 * its rows. `npx tsx test/support/keep-release.ts CLI FILE`, with the `cli.js` of the release; DATABASE_URL names an empty
 * database, and pg_dump must be there.
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { spawnReceiver } from './command.ts'
import { firstRequests } from './released.ts'
import { sendAll } from './send.ts'

const [cli = '', file = ''] = process.argv.slice(2)
const url = process.env.DATABASE_URL ?? ''
{
  await using receiver = await spawnReceiver(url, {}, cli)
  const sent = await sendAll(firstRequests(), [receiver.http])
  if (sent.failed.length > 0) throw new Error(`the release takes not all: ${sent.failed[0]}`)
}
// statements instead of COPY, which a client can run; and none of those that only psql knows
// for servers that were built without what this one has
const flags = ['--inserts', '--rows-per-insert=50', '--no-owner', '--no-comments', '--no-toast-compression']
const dump = execFileSync('pg_dump', [...flags, url], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
})
writeFileSync(file, gzipSync(dump.replaceAll(/^(--.*|\\.*|)\n/gm, ''), { level: 9 }))
