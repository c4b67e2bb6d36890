import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { buildPage } from '../../src/web/page/build.ts'
import type { Settings } from '../support/command.ts'
import { madeOnce } from '../support/once.ts'
import { type SpanSketch, tracesRequest } from '../support/otlp.ts'
import { type databases, freshPlace } from '../support/places.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser of this machine; undefined: the tests of the page are left out. */
export const browserPath: string | undefined = [process.env.CHROMIUM, ...places].find(
  (file) => file !== undefined && existsSync(file),
)

if (browserPath === undefined) console.warn('No Chromium here: the tests of the page are left out.')

/** A bridge with its own database, and a browser before it. */
export interface TestBridge extends AsyncDisposable {
  readonly url: string
  /** Empty for the embedded database. */
  readonly databaseUrl: string
  /** Opens a view in a window of its own; what the browser complains of fails the test that asks `complaints`. */
  readonly open: (view: string, options?: WindowOptions) => Promise<TestPage>
  readonly send: (spans: readonly SpanSketch[], headers?: Record<string, string>) => Promise<void>
}

export interface WindowOptions {
  readonly width?: number
  readonly height?: number
  readonly colours?: 'light' | 'dark'
  /** In a browser that has seen nothing yet: what it remembers is of no other test. */
  readonly isFresh?: boolean
}

export interface BridgeOptions {
  readonly database?: (typeof databases)[number]
  readonly settings?: Settings
}

export interface TestPage extends AsyncDisposable {
  readonly page: Page
  /** Errors of the page, and addresses outside of the bridge that it asked. */
  readonly complaints: readonly string[]
}

/** No test depends on how fast the machine is. */
const patienceMs = 60_000

let launched: Promise<Browser> | undefined

/** The browser of this process, which the files of a worker share; it ends with the process. */
function openBrowser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'], timeout: patienceMs })
  return launched
}

/** Builds the page of this checkout: the receivers of tests serve the one that was built last. */
async function buildPageOnce(): Promise<void> {
  await madeOnce('page-built', async (folder) => {
    await buildPage(path.join(import.meta.dirname, '..', '..', 'dist', 'web', 'page'))
    await mkdir(folder)
  })
}

/** Opens a view of any bridge, in a browser that has seen nothing yet. */
export async function openFreshWindow(url: string): Promise<TestPage> {
  await buildPageOnce()
  const browser = await openBrowser()
  return openView(await browser.newContext(), url, { isFresh: true })
}

export async function openBridge({ database = 'PostgreSQL', settings = {} }: BridgeOptions = {}): Promise<TestBridge> {
  await buildPageOnce()
  const place = await freshPlace(database)
  const receiver = await openTestReceiver(place.url, { ...place.settings, ...settings })
  const browser = await openBrowser()
  // its windows load the code of the page once
  const shared = await browser.newContext()
  return {
    url: receiver.http,
    databaseUrl: place.url,
    open: async (view, options = {}) => {
      const context = options.isFresh ? await browser.newContext() : shared
      return openView(context, receiver.http + view, options)
    },
    send: async (spans, headers) => {
      expect((await send(tracesRequest(spans), receiver.http, headers)).status).toBe(200)
    },
    [Symbol.asyncDispose]: async () => {
      await shared.close()
      await receiver[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}

async function openView(context: BrowserContext, url: string, options: WindowOptions): Promise<TestPage> {
  const { width = 1280, height = 800, colours = 'light', isFresh = false } = options
  const { origin } = new URL(url)
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: colours })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
      complaints.push(`asks ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints, [Symbol.asyncDispose]: () => (isFresh ? context.close() : page.close()) }
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly at: readonly string[]
}

/** Serious faults that axe finds in what is shown, each with where it is. */
export async function faultsOf(page: Page): Promise<string[]> {
  // a strict policy lets no script in by its text; an evaluation of the debugger is no script of the page
  await page.evaluate(axe.source)
  const violations = await page.evaluate<
    Violation[]
  >(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map(({ target }) => target.join(' ')) })))`)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, at }) => `${id}: ${at.slice(0, 3).join(', ')}`)
}

/** Whether anything is wider than the window. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}
