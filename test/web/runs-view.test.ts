import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SpanSketch } from '../support/otlp.ts'
import { smallRun } from '../support/otlp.ts'
import { browserPath, faultsOf, openBridge, overflows, type TestBridge } from './browser.ts'

const now = Date.now()

/** Runs that started one second after the other, the last one first; every tenth has failed. */
function manyRuns(count: number): SpanSketch[] {
  return Array.from({ length: count }, (_, index) => {
    const [root, call] = smallRun(`many-${index}`, now - 60_000 - index * 1000)
    const failed = index % 10 === 0 ? { error: 'no such flight' } : {}
    const attributes = { ...root!.attributes, query: `Question ${index}`, user_id: `user-${index % 3}` }
    return [{ ...root!, ...failed, attributes }, call!]
  }).flat()
}

describe.skipIf(browserPath === undefined)('the list of runs', () => {
  let bridge: TestBridge

  beforeAll(async () => {
    bridge = await openBridge()
    await bridge.send(manyRuns(250))
  })

  afterAll(() => bridge?.[Symbol.asyncDispose]())

  test('is filtered by a click, by a query and by its address', async () => {
    await using shown = await bridge.open('/')
    const { page, complaints } = shown
    await page.getByTitle('Only status FAILED').first().click()
    await page.getByRole('status').getByText('25 runs').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('status:FAILED')
    await page.keyboard.press('/')
    await page.keyboard.type('status:FAILED user:user-1')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('8 runs').waitFor()
    await page.reload()
    await page.getByRole('status').getByText('8 runs').waitFor()
    await page.getByRole('button', { name: 'Remove the filter status FAILED' }).click()
    await page.getByRole('status').getByText('83 runs').waitFor()
    await page.goBack()
    await page.getByRole('status').getByText('8 runs').waitFor()
    expect(complaints).toEqual([])
  })

  test('is sorted, and loads further pages at both ends', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    const list = page.getByRole('region', { name: 'List of runs' })
    await page.getByText('Question 0', { exact: true }).waitFor()
    for (let turn = 0; turn < 40 && !(await page.getByText('Question 249', { exact: true }).isVisible()); turn++) {
      await list.evaluate((element) => element.scrollBy(0, 2000))
      await page.waitForTimeout(50)
    }
    await page.getByText('Question 249', { exact: true }).waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    const address = page.url()
    expect(new URL(address).searchParams.get('after')).not.toBeNull()
    await using again = await bridge.open(address.slice(bridge.url.length))
    await again.page.getByRole('row').nth(5).waitFor()
    const listAgain = again.page.getByRole('region', { name: 'List of runs' })
    for (let turn = 0; turn < 40 && !(await again.page.getByText('Question 0', { exact: true }).isVisible()); turn++) {
      await listAgain.evaluate((element) => element.scrollTo(0, 0))
      await again.page.waitForTimeout(50)
    }
    await again.page.getByText('Question 0', { exact: true }).waitFor()
    await again.page.getByRole('button', { name: 'Cost' }).click()
    await again.page.waitForURL(/sort=cost/)
  })

  test('shows new runs by themselves, and does not jump when it is read further down', async () => {
    await using shown = await bridge.open('/')
    const { page, complaints } = shown
    await page.getByText('Question 0', { exact: true }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await bridge.send(smallRun('arrives-at-the-top', now))
    await page.locator('[data-workflow="arrives-at-the-top"]').waitFor()
    const list = page.getByRole('region', { name: 'List of runs' })
    await list.evaluate((element) => element.scrollTo(0, 1500))
    await page.waitForTimeout(100)
    const first = await page.getByRole('row').nth(8).getAttribute('data-workflow')
    const place = () => page.locator(`[data-workflow="${first}"]`).boundingBox()
    const before = await place()
    await bridge.send(smallRun('arrives-unseen', now + 1000))
    const pill = page.getByRole('button', { name: '1 new' })
    await pill.waitFor()
    expect(await place()).toEqual(before)
    await pill.click()
    await page.locator('[data-workflow="arrives-unseen"]').waitFor()
    expect(complaints).toEqual([])
  })

  test('says `1,000+` where more runs match than are counted', async () => {
    await using shown = await bridge.open('/runs/')
    const { page } = shown
    await page.route('**/api/runs?**', async (route) => {
      const answer = await (await route.fetch()).json()
      await route.fulfill({ json: { ...answer, count: 1000, count_is_least: true } })
    })
    await page.getByRole('button', { name: 'Cost' }).click()
    await page.getByRole('status').getByText('1,000+ runs').waitFor()
  })

  test('says that nothing matches, and takes the filters away', async () => {
    await using shown = await bridge.open('/?q=user:nobody')
    const { page } = shown
    await page.getByText('No run matches').waitFor()
    expect(await faultsOf(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove all filters' }).click()
    await page.locator('[data-workflow="many-0"]').waitFor()
  })

  test('is used by the keyboard alone', async () => {
    await using shown = await bridge.open('/?q=user:user-2')
    const { page } = shown
    await page.getByRole('row').nth(3).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    const chosen = await page.locator('.runs-row.chosen').getAttribute('data-workflow')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('cost by user')
    await page.getByRole('option', { name: /^Cost by user/ }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator(`[data-workflow="${chosen}"] .run-link`).press('Enter')
    await page.waitForURL(`**/runs/${chosen}**`)
  })

  test('opens the palette before the next key', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    await page.getByRole('row').nth(3).waitFor()
    // a key is a task of its own, drawing is not waited for
    const focused = await page.evaluate(`(async () => {
      dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, cancelable: true }))
      await new Promise((done) => setTimeout(done))
      return document.activeElement.getAttribute('role')
    })()`)
    expect(focused).toBe('combobox')
  })

  test('keeps the palette that was opened before the last dialog had told of its end', async () => {
    await using shown = await bridge.open('/')
    const { page } = shown
    await page.getByRole('row').nth(3).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    // the event of a dialog that closes is a task of its own, and keys may come first
    await page.evaluate(`(async () => {
      const told = new Promise((done) => document.querySelector('dialog').addEventListener('close', done))
      document.querySelector('dialog').close()
      dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, cancelable: true }))
      await told
      await new Promise((done) => setTimeout(done))
    })()`)
    expect(await page.getByRole('dialog', { name: 'Search and commands' }).count()).toBe(1)
  })

  test.each([
    [360, 'light'],
    [360, 'dark'],
    [2560, 'light'],
    [1280, 'dark'],
  ] as const)('fits %i px in %s colours, and axe finds nothing serious', async (width, colours) => {
    await using shown = await bridge.open('/', { width, colours })
    const { page } = shown
    await page.getByRole('row').nth(5).waitFor()
    expect(await overflows(page)).toBe(false)
    expect(await faultsOf(page)).toEqual([])
  })

  test('shows the columns that were chosen, remembers them, and has them in its address', async () => {
    await using shown = await bridge.open('/', { isFresh: true })
    const { page, complaints } = shown
    const heads = () => page.getByRole('columnheader').allTextContents()
    await page.getByRole('columnheader', { name: 'Cost' }).waitFor()
    expect(await heads()).toEqual([
      ...['Status', 'Run', 'User · session', 'Model · mode', 'Started'],
      ...['Duration', 'Tokens', 'Cost', 'Tools'],
    ])
    await page.getByRole('button', { name: 'Columns' }).click()
    const dialog = page.getByRole('dialog', { name: 'Columns' })
    for (const name of ['User · session', 'Status', 'Tools']) await dialog.getByLabel(name).uncheck()
    await dialog.getByLabel('Output').check()
    expect(await faultsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    const chosen = ['Run', 'Model · mode', 'Started', 'Duration', 'Output', 'Tokens', 'Cost']
    expect(await heads()).toEqual(chosen)
    await page.waitForURL(/columns=model%2Cstarted%2Cduration%2Coutput%2Ctokens%2Ccost/)
    const address = page.url().slice(bridge.url.length)
    await page.goto(bridge.url)
    await page.getByRole('columnheader', { name: 'Output' }).waitFor()
    expect(await heads()).toEqual(chosen)
    await using elsewhere = await bridge.open(address)
    await elsewhere.page.getByRole('columnheader', { name: 'Output' }).waitFor()
    await elsewhere.page.goto(bridge.url)
    await elsewhere.page.getByRole('columnheader', { name: 'Status' }).waitFor()
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('button', { name: 'The usual ones' }).click()
    await page.getByRole('columnheader', { name: 'Status' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('remembers the chosen colours', async () => {
    await using shown = await bridge.open('/', { isFresh: true })
    const { page } = shown
    const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    const light = await background()
    await page.getByRole('button', { name: /^Colours: system/ }).click()
    await page.getByRole('button', { name: /^Colours: light/ }).click()
    expect(await background()).not.toBe(light)
    await page.reload()
    await page.getByRole('button', { name: /^Colours: dark/ }).waitFor()
    expect(await background()).not.toBe(light)
  })
})
