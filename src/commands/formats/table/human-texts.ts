import { divideHalfEven } from '../../../columns.ts'
import type { View } from './column.ts'

/** Writes a count short: 950, 1.2k, 34k, 1.2M. */
export function countText(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let value = count
  let unit = 0
  // 999.95 would be written as 1000.0
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  if (unit === 0) return String(Math.round(value))
  return `${Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)}${units[unit]}`
}

/** Writes a duration: 340ms, 4.2s, 1m05s, 2h03m, 3d04h. */
export function durationText(ms: number | null): string {
  if (ms === null) return ''
  if (ms < 999.5) return `${Math.round(ms)}ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3600)}h`
}

/** Writes nano-dollars for people: cents from a dollar on, four digits from a cent on, else six; $0 only for nothing. */
export function moneyText(nano: bigint): string {
  if (nano === 0n) return '$0'
  const absolute = nano < 0n ? -nano : nano
  const sign = nano < 0n ? '-' : ''
  const digits = absolute >= 1_000_000_000n ? 2 : absolute >= 10_000_000n ? 4 : 6
  const scaled = divideHalfEven(absolute, 10n ** BigInt(9 - digits))
  if (scaled === 0n) return `${sign}<$0.000001`
  const text = scaled.toString().padStart(digits + 1, '0')
  const whole = text.slice(0, -digits).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}$${whole}.${text.slice(-digits)}`
}

/** Writes a share of a whole as percent: 42.1%, 0.1%, <0.1%. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1%'
  return `${(100 * share).toFixed(1)}%`
}

/** Writes how long ago a time was, up to a week; else its date. `time` is RFC 3339. */
export function agoText(time: string | null, view: View): string {
  if (time === null) return ''
  const ms = Date.parse(time)
  const seconds = Math.round((view.nowMs - ms) / 1000)
  if (seconds < 0 || seconds >= 7 * 86_400) return localTime(ms, view.timeZone).slice(0, seconds < 0 ? 16 : 10)
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`
  return `${Math.floor(seconds / 86_400)}d ago`
}

/** Writes a time in a time zone: 2026-11-29 12:03:04.123. */
export function localTime(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 },
  }).formatToParts(ms)
  const part = (type: string) => parts.find((one) => one.type === type)!.value
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}.${part('fractionalSecond')}`
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Draws a bar of a share, 0 to 1, of the greatest bar's width in columns. */
export function barText(share: number, width: number, { unicode }: View): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width * 8)
  if (!unicode) return '#'.repeat(Math.round(filled / 8))
  return '█'.repeat(Math.floor(filled / 8)) + eighths[filled % 8]
}
