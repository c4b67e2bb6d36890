import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTokenFile } from '../../src/config/token-file.ts'
import { outcomeOf } from '../support/command.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'spanledger-token-file-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

function fileOf(text: string): string {
  const file = path.join(folder, `${files++}.yaml`)
  writeFileSync(file, text)
  return file
}

test('what `token create` prints for a file is an entry of it, and `token list` shows it', async () => {
  const file = path.join(folder, 'tokens.yaml')
  const settings = { SPANLEDGER_TOKENS: file }
  const { code, output } = await outcomeOf(
    ['token', 'create', 'ci', '--tenant', 'acme', '--expires', '2030-01-01'],
    settings,
  )
  expect(code).toBe(0)
  const [text, entry = ''] = output.split(`Add to ${file}:\n`)
  writeFileSync(file, entry)
  const [token] = await readTokenFile(file)
  const none = { notBeforeMs: null, revokedAtMs: null }
  expect(token).toMatchObject({
    name: 'ci',
    tenant: 'acme',
    scopes: ['send'],
    expiresAtMs: Date.UTC(2030, 0, 1),
    ...none,
  })
  expect(entry).not.toContain(/sl_[\w-]{49}/.exec(text!)![0])
  const listed = await outcomeOf(['token', 'list'], settings)
  expect(listed.output).toMatch(new RegExp(`^${token?.id} +ci +acme +send +until 2030-01-01T00:00Z$`, 'm'))
  const revoked = await outcomeOf(['token', 'revoke', token!.id], settings)
  expect(revoked).toMatchObject({ code: 2, output: expect.stringContaining('add revoked_at to the entry') })
})

const hash = 'a'.repeat(64)
test.each([
  ['tokens: {', /is no YAML/],
  ['tokens: 7', /wrong at tokens/],
  [`tokens:\n  - { id: a, hash: sl_secret }`, /wrong at tokens\.0\.hash/],
  [`tokens:\n  - { id: a, hash: ${hash}, tenant: public }`, /wrong at tokens\.0\.tenant/],
  [`tokens:\n  - { id: a, hash: ${hash}, scopes: [write] }`, /wrong at tokens\.0\.scopes/],
  [`tokens:\n  - { id: a, hash: ${hash}, expires_at: soon }`, /wrong at tokens\.0\.expires_at/],
  [`tokens:\n  - { id: a, hash: ${hash}, expires: 2027-01-01 }`, /wrong at tokens\.0/],
])('a file that is wrong is refused, and no value of it is said: %s', async (text, why) => {
  const failure = await readTokenFile(fileOf(text)).catch((error: Error) => error.message)
  expect(failure).toMatch(why)
  expect(failure).not.toMatch(/secret|aaaa/)
})

test('a file that is missing stops the start', async () => {
  const settings = { SPANLEDGER_TOKENS: path.join(folder, 'none.yaml'), DATABASE_URL: 'postgres://127.0.0.1:9/none' }
  const { code, output } = await outcomeOf(['serve'], settings)
  expect({ code, output }).toEqual({
    code: 2,
    output: `the file of tokens ${folder}/none.yaml can't be read (ENOENT).\n`,
  })
})
