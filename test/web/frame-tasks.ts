import type { Browser, Page } from 'playwright-core'

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds that the thread computed: what else the machine does is not in it. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** The longest task of the page's main thread while something is done, in milliseconds that the thread computed. */
export async function longestTaskOf(page: Page, act: () => Promise<unknown>): Promise<number> {
  const browser: Browser = page.context().browser()!
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] })
  await act()
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))')
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const isMain = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = traceEvents.filter(({ pid, tid, tdur }) => tdur !== undefined && isMain.has(`${pid} ${tid}`))
  if (tasks.length === 0) throw new Error('no task of the main thread was traced')
  return Math.max(...tasks.map(({ tdur }) => tdur!)) / 1000
}
