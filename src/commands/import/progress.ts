import { countText, durationText } from '../formats/table/human-texts.ts'

/** What has been done of an import. */
export interface ImportProgress {
  messages: number
  items: number
  /** Bytes of the files that were read, and of all of them; null where that is unknown. */
  bytes: number
  readonly totalBytes: number | null
}

const pauseMs = 200

/** Shows the progress on a line of a terminal that is written over, at most five times a second. */
export function openProgress(progress: ImportProgress, write: (text: string) => void, isTerminal: boolean): Disposable {
  if (!isTerminal) return { [Symbol.dispose]: () => {} }
  const beganMs = performance.now()
  const show = () => write(`\r\u001b[2K${progressText(progress, performance.now() - beganMs)}`)
  const timer = setInterval(show, pauseMs).unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      write('\r\u001b[2K')
    },
  }
}

/** `12k spans and records, 8.2k/s, 45%, 12s left`. */
export function progressText({ items, bytes, totalBytes }: ImportProgress, ms: number): string {
  const rate = items / Math.max(ms / 1000, 0.001)
  const done = totalBytes === null || totalBytes === 0 ? null : Math.min(1, bytes / totalBytes)
  const left = done === null || done < 0.01 ? '' : `, ${durationText((ms * (1 - done)) / done)} left`
  return `${countText(items)} spans and records, ${countText(Math.round(rate))}/s${done === null ? '' : `, ${Math.floor(100 * done)}%`}${left}`
}
