import { TraceFlags } from '@opentelemetry/api'
import type { SdkSpan } from '../decode/sdk/sdk-types.ts'
import { messageOf } from '../errors.ts'
import type { LiveOptions } from './config/options.ts'
import type { SharedDatabase } from './shared-database.ts'
import { untraced } from './telemetry/suppress-tracing.ts'
import { writeOpenSpans } from './write-items.ts'

/** Writes spans that are open for longer than a moment. */
export interface LiveSpans {
  started(span: SdkSpan): void
  ended(span: SdkSpan): void
  /** Resolves when the write that is going on has succeeded or failed. */
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * An open span is written as a version that loses against the ended one, in any order of arrival: the end changes the
 * same rows (law 2). So a write that fails is not repeated.
 */
export function openLiveSpans(
  database: SharedDatabase,
  { delayMillis = 500, maxSpans = 2_048 }: LiveOptions = {},
): LiveSpans {
  /** Each open span with its start, as `performance.now()` counts, in the order of the starts. */
  const open = new Map<SdkSpan, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | undefined

  const wait = () => {
    if (timer !== undefined || open.size === 0 || stopped !== undefined) return
    const [sinceMs] = open.values()
    timer = setTimeout(writeDue, Math.max(sinceMs! + delayMillis - performance.now(), 1)).unref()
  }
  // The next write waits for this one, so that a slow database has only one of them to do.
  const writeDue = () => {
    const due = [...open].filter(([, sinceMs]) => performance.now() - sinceMs >= delayMillis).map(([span]) => span)
    for (const span of due) open.delete(span)
    writing = untraced(() => write(database, due)).then(() => {
      timer = undefined
      wait()
    })
  }

  return {
    started(span) {
      if (stopped !== undefined || open.size >= maxSpans || !isSampled(span)) return
      open.set(span, performance.now())
      wait()
    },
    ended: (span) => {
      open.delete(span)
    },
    forceFlush: () => writing,
    shutdown() {
      clearTimeout(timer)
      open.clear()
      stopped ??= writing.then(() => database.leave())
      return stopped
    },
  }
}

async function write(database: SharedDatabase, spans: readonly SdkSpan[]): Promise<void> {
  if (spans.length === 0) return
  try {
    await writeOpenSpans(database, spans)
  } catch (error) {
    database.events.warning(`open spans could not be shown: ${messageOf(error)}`)
  }
}

function isSampled(span: SdkSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
}
