import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { measures } from '../amounts.ts'
import { type Bill, type BillLine, dayText, joinedSpans, type TimeRange } from '../bill.ts'
import { readExportFile } from '../files/read-file.ts'
import { Unreadable } from '../unreadable.ts'
import type { ExportFormat, ExportPage, LineCollector, ReadOptions } from './format.ts'
import { exportFormatOf } from './formats.ts'

export interface BillOptions extends ReadOptions {
  /** The name of a format that all files have; null: it is detected. */
  readonly format: string | null
}

/**
 * Reads all files and joins those of one provider. Throws `Unreadable` for what is no export, incomplete, or in another
 * currency.
 */
export async function readBills(paths: readonly string[], options: BillOptions): Promise<Bill[]> {
  const drafts = new Map<string, Draft>()
  const seen = new Map<string, string>()
  for (const path of paths) {
    const file = await readExportFile(path)
    const format = exportFormatOf(file, options.format)
    const draft = drafts.get(String(format.provider)) ?? newDraft(format)
    drafts.set(String(format.provider), draft)
    draft.files.push(path)
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    const known = seen.get(digest)
    seen.set(digest, path)
    if (known !== undefined) {
      draft.notes.push(`${path} is the same as ${known}, and was read once`)
      continue
    }
    draft.formats.add(format)
    await readInto(draft, format, () => format.read(file, collectorOf(draft, format), options), path)
  }
  return [...drafts.values()].map(billOf)
}

/** A bill while its files are read. */
interface Draft {
  readonly formats: Set<ExportFormat>
  readonly files: string[]
  readonly notes: string[]
  readonly pages: (ExportPage & { readonly groups: string })[]
  readonly spans: TimeRange[]
  refreshedAt: number | null
  /** The lines of the documents that were read to their end. */
  readonly lines: Map<string, BillLine>
  /** The lines of the page or file that is being read. */
  readonly open: Map<string, BillLine>
  /** The days that a later file states otherwise than an earlier one. */
  readonly restated: Set<string>
}

function newDraft(format: ExportFormat): Draft {
  return {
    formats: new Set([format]),
    files: [],
    notes: [],
    pages: [],
    spans: [],
    refreshedAt: null,
    lines: new Map(),
    open: new Map(),
    restated: new Set(),
  }
}

async function readInto(draft: Draft, format: ExportFormat, read: () => Promise<void>, path: string): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof Unreadable) || error.message.startsWith(path)) throw error
    throw new Unreadable(`${path}: ${error.message}`, { cause: error })
  }
  closeDocument(draft, format)
}

function collectorOf(draft: Draft, format: ExportFormat): LineCollector {
  return {
    add: (line) => addLine(draft.open, line, format),
    covers: (from, to) => {
      const last = draft.spans.at(-1)
      if (last?.from !== from || last.to !== to) draft.spans.push({ from, to })
    },
    page: (page) => {
      draft.pages.push({ ...page, groups: groupsOf(draft.open.values()) })
      closeDocument(draft, format)
    },
    refreshed: (at) => {
      draft.refreshedAt = Math.max(at, draft.refreshedAt ?? at)
    },
    note: (text) => {
      if (!draft.notes.includes(text)) draft.notes.push(text)
    },
  }
}

/** Lines of equal groups are summed: exports split rows further than their columns show. */
function addLine(lines: Map<string, BillLine>, line: BillLine, { name }: ExportFormat): void {
  const key = keyOf(line, name)
  const known = lines.get(key)
  lines.set(key, known === undefined ? line : joined(known, line))
}

function keyOf(line: BillLine, format: string): string {
  const { series, from, to, model, project, key, user, tier, isLong, kind, id, apart, label } = line
  return JSON.stringify([format, series, from, to, model, project, key, user, tier, isLong, kind, id, apart, label])
}

function joined(a: BillLine, b: BillLine): BillLine {
  const sum = (one: bigint | null | undefined, other: bigint | null | undefined) =>
    one === null || one === undefined ? (other ?? null) : one + (other ?? 0n)
  const all = measures.flatMap((measure) => {
    const total = sum(a.amounts[measure], b.amounts[measure])
    return total === null ? [] : [[measure, total] as const]
  })
  return {
    ...a,
    amounts: Object.fromEntries(all),
    longWrites: sum(a.longWrites, b.longWrites),
    quantity: sum(a.quantity, b.quantity),
    listCost: sum(a.listCost, b.listCost),
  }
}

function closeDocument(draft: Draft, format: ExportFormat): void {
  for (const [key, line] of draft.open) {
    const known = draft.lines.get(key)
    if (known === undefined || format.restates) draft.lines.set(key, line)
    else draft.lines.set(key, joined(known, line))
    if (known !== undefined && format.restates && !hasSameAmounts(known, line)) draft.restated.add(dayText(line.from))
  }
  draft.open.clear()
}

function hasSameAmounts(a: BillLine, b: BillLine): boolean {
  return measures.every((measure) => a.amounts[measure] === b.amounts[measure])
}

/** The names of the groups by which the lines of a page are split. */
function groupsOf(lines: Iterable<BillLine>): string {
  const names = new Set<string>()
  for (const line of lines)
    for (const name of ['model', 'project', 'key', 'user'] as const) if (line[name] !== null) names.add(name)
  return [...names].join(', ')
}

function billOf(draft: Draft): Bill {
  const all = [...draft.formats]
  checkPages(draft)
  checkFormats(draft, all)
  const restated = [...draft.restated].sort()
  const isByTime = draft.pages.some((page) => page.isByTime)
  const hull = {
    from: Math.min(...draft.spans.map(({ from }) => from)),
    to: Math.max(...draft.spans.map(({ to }) => to)),
  }
  return {
    format: all.map(({ name }) => name).join('+'),
    title: all.map(({ title }) => title).join(' and '),
    provider: all[0]!.provider,
    files: draft.files,
    lines: [...draft.lines.values()],
    // a table has no row of a time without calls
    covered: draft.spans.length === 0 ? [] : isByTime ? joinedSpans(draft.spans) : [hull],
    refreshedAt: draft.refreshedAt,
    describesModels: all.some(({ describesModels }) => describesModels === true),
    notes: [
      ...draft.notes,
      ...(restated.length === 0
        ? []
        : [`${restated.join(', ')} is stated twice, differently: the later statement counts`]),
    ],
  }
}

/** Throws `Unreadable` where a page is missing. */
function checkPages({ pages, files }: Draft): void {
  for (const page of pages) {
    if (!page.hasMore) continue
    const others = pages.filter((other) => other !== page && (other.series === page.series || other.series === 'usage'))
    const isFollowed = page.isByTime
      ? others.some(({ from, to }) => from <= page.to && page.to < to)
      : others.some(({ hasMore }) => !hasMore)
    if (!isFollowed)
      throw new Unreadable(
        `${files.join(', ')}: the export is incomplete: its last page, of ${dayText(page.from)} to ${dayText(page.to - 1)}, says has_more. Fetch the pages that follow by next_page, and give all of them.`,
      )
  }
  for (const page of pages.filter(({ isByTime }) => isByTime))
    for (const other of pages)
      if (other.series === page.series && other.from < page.to && page.from < other.to && areOtherGroups(page, other))
        throw new Unreadable(
          `${files.join(', ')}: two exports state ${dayText(page.from)} in other groups (${page.groups}; ${other.groups}): give one of them.`,
        )
}

function areOtherGroups(a: { readonly groups: string }, b: { readonly groups: string }): boolean {
  return a.groups !== b.groups && a.groups !== '' && b.groups !== ''
}

/** Throws `Unreadable` where two formats state the usage, or the costs, of one day. */
function checkFormats({ lines }: Draft, formats: readonly ExportFormat[]): void {
  if (formats.length < 2) return
  const formatsOf = new Map<string, string>()
  for (const [key, { series, from, apart }] of lines) {
    if (apart !== null) continue
    const [format] = JSON.parse(key) as [string]
    const day = `${series} of ${dayText(from)}`
    if ((formatsOf.get(day) ?? format) !== format)
      throw new Unreadable(`the ${day} is stated by two exports (${formatsOf.get(day)}, ${format}): give one of them.`)
    formatsOf.set(day, format)
  }
}
