import { type BilledKind, type BillLine, billLine, msPerDay } from '../bill.ts'
import { convertedOf, dollarsOf } from '../decimal.ts'
import type { ExportFile } from '../files/read-file.ts'
import { Unreadable } from '../unreadable.ts'

/** A kind of export: how it is known, and how its lines are read. */
export interface ExportFormat {
  /** The name that `--format` takes. */
  readonly name: string
  /** What it is called in a report. */
  readonly title: string
  /** Where such a file comes from, in Markdown. */
  readonly source: string
  /** Which providers of the ledger are on such a bill; null: all. */
  readonly provider: RegExp | null
  /**
   * Whether two files which state the same times and groups state the same calls, so that the later one counts. Else
   * they are parts of one export.
   */
  readonly restates: boolean
  readonly describesModels?: true
  matches(file: ExportFile): boolean
  read(file: ExportFile, out: LineCollector, options: ReadOptions): Promise<void>
}

/** What the reader of a format finds in a file. */
export interface LineCollector {
  add(line: BillLine): void
  /** Says which time the file covers, whether it has lines of it or not. */
  covers(from: number, to: number): void
  /** Notes a page of an API, and whether another follows it. */
  page(page: ExportPage): void
  /** Says until when the provider knows all. */
  refreshed(at: number): void
  /** Says what is worth knowing and changes nothing. */
  note(text: string): void
}

export interface ExportPage {
  /** Pages of one series follow each other. */
  readonly series: string
  readonly from: number
  readonly to: number
  readonly hasMore: boolean
  /** Whether its rows are sorted by time, so that the page that follows begins where it ends. */
  readonly isByTime: boolean
}

export interface ReadOptions {
  /** What one unit of another currency is in dollars, as text. */
  readonly rates: ReadonlyMap<string, string>
}

/** Nano-dollars of an amount; throws `Unreadable` for a currency without a rate. */
export function costIn(amount: string, currency: string | null, { rates }: ReadOptions): bigint {
  const code = (currency ?? 'USD').toUpperCase()
  if (code === 'USD') return dollarsOf(amount)
  const rate = rates.get(code)
  if (rate === undefined)
    throw new Unreadable(`the amounts are in ${code}, the ledger's in dollars: say what one is with --rate ${code}=…`)
  return convertedOf(amount, rate)
}

/** The time in milliseconds of Unix seconds, a day or an RFC 3339 time; without a zone it is UTC. */
export function readTime(text: string): number {
  if (/^\d{9,10}(\.0*)?$/.test(text)) return Number.parseInt(text, 10) * 1000
  if (/^\d{12,13}$/.test(text)) return Number(text)
  if (/^\d{8}$/.test(text)) return readTime(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`)
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text)
  if (american !== null)
    return readTime(`${american[3]}-${american[1]!.padStart(2, '0')}-${american[2]!.padStart(2, '0')}`)
  const iso = text.replace(/ UTC$/, 'Z').replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T')
  const isZoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) || iso.length === 10
  const ms = Date.parse(isZoned ? iso : `${iso}Z`)
  if (Number.isNaN(ms)) throw new Unreadable(`${JSON.stringify(text)} is no time`)
  return ms
}

/** The day in UTC in which a time is. */
export function dayAround(ms: number): { from: number; to: number } {
  const from = Math.floor(ms / msPerDay) * msPerDay
  return { from, to: from + msPerDay }
}

/** Which tokens a text such as `cached input` or `cache_creation.ephemeral_1h_input_tokens` speaks of; null: of none. */
export function kindOf(text: string): BilledKind | null {
  const plain = text.toLowerCase().replace(/[_.\s-]+/g, ' ')
  if (/cache ?(write|creation|storage write)|written/.test(plain))
    return /\b(1 ?h|12 ?h|1 ?hr|1 ?hour|12 ?hours?)\b/.test(plain) ? 'cache_write_1h' : 'cache_write'
  if (/no cache|uncached/.test(plain)) return 'input'
  if (/cach|cchd/.test(plain)) return 'cache_read'
  if (/out(p|put)?\b|output|completion|generated|response/.test(plain)) return 'output'
  return /inp(ut)?\b|input|prompt|embedding/.test(plain) ? 'input' : null
}

const meterWords =
  /\b(?:(?:text|image|audio|video)(?= (?:thinking |cached |cache )?(?:inp|out))|thinking|reasoning|inp|input|outp|output|out|cchd|cached?|caching|read|write|creation|mantle|tokens?|counts?|units?|predictions?|requests?|glbl|global|dz|data ?zone|regnl|regional|cross ?region|long|context|batch|bch|flex|priority|standard|1k|1m|5m|1h)\b/gi

/** The model in the name of a meter: what is left without the words for kinds, units, regions and tiers. */
export function describedModel(meter: string): string {
  const left = meter.replace(/[_-]+/g, ' ').replace(meterWords, ' ').replace(/\s+/g, ' ').trim()
  return left.toLowerCase().replaceAll(' ', '-')
}

/** How many tokens a unit is; null where the unit is none of tokens. */
export function tokensPerUnit(unit: string | null): bigint | null {
  const word = (unit ?? '')
    .toLowerCase()
    .replace(/[\s,]+/g, ' ')
    .trim()
  if (/^(tokens?|counts?|1|1 tokens?)$/.test(word)) return 1n
  if (/^(1 ?k|1 ?000|1000|thousand)( tokens?)?$/.test(word)) return 1000n
  return /^(1 ?m|1 ?000 ?000|million)( tokens?)?$/.test(word) ? 1_000_000n : null
}

/** The tier that a text names; null for none. */
export function tierIn(text: string): string | null {
  return /\b(batch|flex|priority)\b/i.exec(text.replace(/_/g, ' '))?.[1]?.toLowerCase() ?? null
}

/** A line that is compared with nothing. */
export function apartLine(
  line: Pick<BillLine, 'from' | 'to'> & Partial<BillLine>,
  apart: NonNullable<BillLine['apart']>,
  label: string,
): BillLine {
  return billLine({ series: 'cost', ...line, apart, label })
}
