import { expect, test } from 'vitest'
import { openGate } from '../support/gate.ts'
import { smallRun } from '../support/otlp.ts'
import { browserPath, openBridge, openFreshWindow } from './browser.ts'

test.skipIf(browserPath === undefined)(
  'a page that does not reach its bridge keeps what it shows, says so, and shows what has happened meanwhile when it does',
  async () => {
    await using bridge = await openBridge()
    await using gate = await openGate()
    const port = Number(new URL(bridge.url).port)
    gate.leadTo(port)
    const http = `http://127.0.0.1:${gate.port}`
    await bridge.send(smallRun('before'))
    await using list = await openFreshWindow(`${http}/`)
    await using run = await openFreshWindow(`${http}/runs/before`)
    await using cost = await openFreshWindow(`${http}/cost`)
    await list.page.locator('[data-workflow="before"]').waitFor()
    await list.page.getByText('Live', { exact: true }).waitFor()
    await run.page.getByText('2 spans').waitFor()
    await cost.page.getByRole('link', { name: 'gpt-4o-mini' }).first().waitFor()

    gate.refuse()
    for (const { page } of [list, run]) await page.getByText('Connecting', { exact: true }).waitFor()
    await bridge.send(smallRun('meanwhile'))
    await bridge.send(smallRun('before'))
    const away = cost.page.getByText('The bridge does not answer.').first()
    await cost.page.getByRole('button', { name: 'User', exact: true }).click()
    await away.waitFor()
    expect(await list.page.locator('[data-workflow="before"]').isVisible()).toBe(true)
    expect(await run.page.getByText('2 spans').isVisible()).toBe(true)

    gate.leadTo(port)
    await list.page.locator('[data-workflow="meanwhile"]').waitFor()
    await run.page.getByText('4 spans').waitFor()
    await away.waitFor({ state: 'detached' })
  },
)
