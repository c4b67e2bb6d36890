import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newTokenText, tokenHash } from '../../src/accept/credentials/token-text.ts'
import { openServers } from '../../src/databases.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf } from '../../src/store/tenants/tenant-servers.ts'
import { addToken } from '../../src/store/tenants/tokens.ts'
import { settingsFor } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { smallRun } from '../support/otlp.ts'
import { browserPath, faultsOf, openBridge, type TestBridge } from './browser.ts'

const tokens = { acme: newTokenText(), globex: newTokenText() }

describe.skipIf(browserPath === undefined)('the page of a bridge with tenants', () => {
  let bridge: TestBridge

  beforeAll(async () => {
    bridge = await openBridge({ settings: { SPANLEDGER_TOKENS: 'table' } })
    await using servers = await openServers(configOf(settingsFor(bridge.databaseUrl, {})))
    for (const tenant of ['acme', 'globex'] as const) {
      await migrate(databaseOf(servers, tenant))
      const [hash, scopes] = [tokenHash(tokens[tenant]), 'send read']
      await addToken(databaseOf(servers, ''), {
        ...{ id: tenant, name: tenant, tenant, hash, scopes },
        ...{ notBeforeMs: null, expiresAtMs: null },
      })
      await bridge.send(smallRun(`of-${tenant}`), { authorization: `Bearer ${tokens[tenant]}` })
    }
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('asks for a token, and shows the runs of its tenant alone', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    const prompt = page.getByRole('dialog', { name: 'A token is needed' })
    await prompt.waitFor()
    expect(await faultsOf(page)).toEqual([])
    await prompt.getByLabel('Token').fill(tokens.acme)
    await prompt.getByRole('button', { name: 'Continue' }).click()
    await page.locator('[data-workflow="of-acme"]').waitFor()
    expect(await page.locator('[data-workflow="of-globex"]').count()).toBe(0)
    await page.getByText('acme', { exact: true }).waitFor()
    await page.goto(`${bridge.url}/runs/of-globex`)
    await page.getByRole('alert').waitFor()
    await page.goto(`${bridge.url}/sql?sql=select+workflow_id+from+globex.task_executions`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByRole('alert').waitFor()
  })

  test('keeps the token for its tab alone, and asks again when it is wrong', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    const prompt = page.getByRole('dialog', { name: 'A token is needed' })
    await prompt.getByLabel('Token').fill('wrong')
    await prompt.getByRole('button', { name: 'Continue' }).click()
    await prompt.getByText('This token is not accepted').waitFor()
    await prompt.getByLabel('Token').fill(tokens.globex)
    await prompt.getByRole('button', { name: 'Continue' }).click()
    await page.locator('[data-workflow="of-globex"]').waitFor()
    await page.reload()
    await page.locator('[data-workflow="of-globex"]').waitFor()
  })
})
