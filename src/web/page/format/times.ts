import { nothing } from './numbers.ts'

/** `950 µs`, `12 ms`, `3.42 s`, `4m 05s`, `2h 10m`, `3d 4h` */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return nothing
  if (ms > 0 && ms < 1) return `${Math.round(ms * 1000)} µs`
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`
}

/** So long after a start: below a minute as a duration, else to the second, `2:05` or `1:00:59`. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return duration(ms)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return `${hours > 0 ? `${hours}:${pad(minutes)}` : minutes}:${pad(seconds % 60)}`
}

const pad = (value: number): string => String(value).padStart(2, '0')
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** In the reader's time zone: the time of today to the second, else the day and the time to the minute. */
export function moment(iso: string | null | undefined, now: Date = new Date()): string {
  if (iso === null || iso === undefined) return nothing
  const at = new Date(iso)
  if (at.toDateString() === now.toDateString()) return time.format(at)
  const isThisYear = at.getFullYear() === now.getFullYear()
  return `${(isThisYear ? day : dayOfYear).format(at)}, ${minute.format(at)}`
}

/** `just now`, `12 s ago`, `3m ago` */
export function ago(iso: string | null | undefined, now: number = Date.now()): string {
  if (iso === null || iso === undefined) return nothing
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000)
  if (seconds < 2) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} days ago`
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A time as it is in the URL, `24h` (so long ago) or RFC 3339, as RFC 3339; undefined where it is neither. */
export function absoluteTime(text: string | undefined, now: number = Date.now()): string | undefined {
  if (text === undefined) return undefined
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  // to the minute, so that the same question has the same address for a while
  if (unit !== undefined)
    return new Date(Math.floor((now - Number(amount) * units[unit]!) / 60_000) * 60_000).toISOString()
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
