import { TraceFlags } from '@opentelemetry/api'
import type { SdkSpan } from '../decode/sdk/sdk-types.ts'
import { messageOf } from '../errors.ts'
import type { Connection, Slice } from './connection.ts'
import type { LiveOptions } from './options.ts'
import { untraced } from './suppress-tracing.ts'

/** Tells of spans that are open for longer than a moment. */
export interface Live {
  started(span: SdkSpan): void
  ended(span: SdkSpan): void
  /** Resolves when what is being written is written, or has failed. */
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * What is written of an open span is a version of it that loses against the one that has ended, whichever comes first:
 * the end changes the same rows. So nothing of this needs to arrive, and nothing is tried again.
 */
export function openLive(
  connection: Connection,
  slices: (spans: readonly SdkSpan[]) => Iterable<Slice>,
  { delayMillis = 500, maxSpans = 2_048 }: LiveOptions = {},
): Live {
  const open = new Map<SdkSpan, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | undefined

  const wait = () => {
    if (timer !== undefined || open.size === 0 || stopped !== undefined) return
    const [sinceMs] = open.values()
    timer = setTimeout(show, Math.max(sinceMs! + delayMillis - performance.now(), 1)).unref()
  }
  // the next ones wait until these are written: a slow database has few of them to do
  const show = () => {
    const due = [...open].filter(([, sinceMs]) => performance.now() - sinceMs >= delayMillis).map(([span]) => span)
    for (const span of due) open.delete(span)
    writing = untraced(() => write(due)).then(() => {
      timer = undefined
      wait()
    })
  }
  const write = async (spans: readonly SdkSpan[]) => {
    try {
      if (spans.length > 0) await connection.writeOpen(slices(spans))
    } catch (error) {
      connection.telling.warning(`open spans could not be shown: ${messageOf(error)}`)
    }
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
      stopped ??= writing.then(() => connection.leave())
      return stopped
    },
  }
}

function isSampled(span: SdkSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0
}
