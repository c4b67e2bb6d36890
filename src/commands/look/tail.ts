import { setTimeout as pause } from 'node:timers/promises'
import { Misconfigured } from '../../errors.ts'
import {
  type LastNumbers,
  type RunEvent,
  readEventsAfter,
  readEventsOfRuns,
  readLastNumbers,
} from '../../queries/runs/events.ts'
import { readTask } from '../../queries/runs/tasks.ts'
import type { Database } from '../../store/database.ts'
import { escapedText } from '../../terminal-text.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { type Column, exactText, type Tone } from '../formats/table/column.ts'
import { csvLine } from '../formats/table/csv.ts'
import { localTime } from '../formats/table/human-texts.ts'
import { jsonRow, pickedColumns, viewOf } from '../formats/table/print-table.ts'
import { painter } from '../formats/table/terminal/paint.ts'
import { cutToWidth, padToWidth } from '../formats/table/terminal/text-width.ts'

/** How long after a look at the database the next one follows. */
const pauseMs = 500

const nothingIsKnown = 1
const exitOfStatus: Readonly<Record<string, number>> = { FAILED: 1, CANCELLED: 3 }

/** The columns of events, by the names of `event_logs`. */
const columns: readonly Column<RunEvent>[] = [
  { name: 'timestamp', value: (event) => event.timestamp },
  { name: 'workflow_id', value: (event) => event.workflow_id },
  { name: 'seq', value: (event) => event.seq },
  { name: 'type', value: (event) => event.type },
  { name: 'agent_id', value: (event) => event.agent_id },
  { name: 'message', value: (event) => event.message },
]

/** Prints the events of a run until it ends, or those of all runs until it is interrupted. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const [id] = input.args
  const print = printerOf(input, id === undefined)
  await using database = await openForReading(input, tenantOption(input))
  // awaited here: the database is closed when this returns
  return id === undefined ? await tailAll(database, input, print) : await tailRun(database, input, { id, print })
}

type Print = (events: readonly RunEvent[]) => void

async function tailRun(
  database: Database,
  input: CommandInput,
  { id, print }: { readonly id: string; readonly print: Print },
): Promise<number | undefined> {
  const { switches, writeError, terminal } = input
  const workflow = (await readTask(database, id))?.workflow_id ?? id
  let seq = afterOption(input)
  while (!terminal.closed.aborted) {
    const { status, events } = await readEventsAfter(database, workflow, seq)
    print(events)
    await terminal.drained()
    seq = events.at(-1)?.seq ?? seq
    if (events.length > 0) continue
    if (status === null && !switches.has('wait')) {
      writeError(`Nothing is known of ${escapedText(id)} in ${database.description}; --wait waits for it.\n`)
      return nothingIsKnown
    }
    if (status !== null && status !== 'RUNNING') {
      writeError(`The run is ${status}; its last event is ${seq}.\n`)
      return switches.has('exit-status') ? exitOfStatus[status] : undefined
    }
    await pauseUnless(terminal.closed)
  }
  writeError(`To go on from here: spanledger tail ${escapedText(id)} --after ${seq}\n`)
  return undefined
}

/** The runs whose events are followed at most; those that have had none for longest go first. */
const mostFollowed = 2_000

async function tailAll(database: Database, { terminal }: CommandInput, print: Print): Promise<undefined> {
  let known: Map<string, bigint> = new Map(await readLastNumbers(database, []))
  while (!terminal.closed.aborted) {
    await pauseUnless(terminal.closed)
    const last = await readLastNumbers(database, [...known.keys()])
    const changed = new Map(
      [...last].flatMap(([run, seq]) => (seq > (known.get(run) ?? 0n) ? [[run, known.get(run) ?? 0n]] : [])),
    )
    const events = await readEventsOfRuns(database, changed)
    print(events)
    await terminal.drained()
    known = followedAfter(known, { last, changed, events })
  }
}

/** What has been read of each run: the number of its last event, or what the books say where its events have moved away. */
function followedAfter(
  known: LastNumbers,
  {
    last,
    changed,
    events,
  }: { readonly last: LastNumbers; readonly changed: LastNumbers; readonly events: readonly RunEvent[] },
): Map<string, bigint> {
  const read = new Map<string, bigint>()
  for (const { workflow_id: run, seq } of events) if (BigInt(seq) > (read.get(run) ?? 0n)) read.set(run, BigInt(seq))
  const numbers = [...last].map(([run, seq]): [string, bigint] => [
    run,
    read.get(run) ?? (changed.has(run) ? seq : (known.get(run) ?? seq)),
  ])
  const isActive = ([run]: [string, bigint]) => changed.has(run)
  return new Map([...numbers.filter((one) => !isActive(one)), ...numbers.filter(isActive)].slice(-mostFollowed))
}

async function pauseUnless(closed: AbortSignal): Promise<void> {
  await pause(pauseMs, undefined, { signal: closed }).catch(() => {})
}

function afterOption({ options }: CommandInput): string {
  const text = options.get('after')?.[0] ?? '0'
  if (!/^\d{1,18}$/.test(text))
    throw new Misconfigured(`--after can't be ${text}: it takes the number of an event (seq).`)
  return text
}

const typeWidth = 18

/** Prints events as lines: for people fitted to the terminal, in a pipe with tabs, as JSON lines or CSV where asked for. */
function printerOf(input: CommandInput, namesRun: boolean): Print {
  const { switches, terminal, write } = input
  const picked = pickedColumns(input, columns)
  if (picked !== null) return each(write, (event) => `${JSON.stringify(jsonRow(picked, event))}\n`)
  const cells = (event: RunEvent) => columns.map(({ value }) => exactText(value(event)))
  if (switches.has('csv')) {
    write(csvLine(columns.map(({ name }) => name)))
    return each(write, (event) => csvLine(cells(event)))
  }
  if (terminal.width === null) return each(write, (event) => `${cells(event).map(escapedText).join('\t')}\n`)
  const paint = painter(terminal.colors)
  const { timeZone, unicode } = viewOf(input)
  const width = terminal.width
  return each(write, (event) => {
    const time = localTime(Date.parse(event.timestamp), timeZone).slice(11)
    const whose = namesRun ? `${padToWidth(cutToWidth(escapedText(event.workflow_id), 20, '…'), 20, 'left')}  ` : ''
    const type = padToWidth(escapedText(event.type), typeWidth, 'left')
    const agent = event.agent_id === null ? '' : `${escapedText(event.agent_id)}: `
    const room = Math.max(20, width - 14 - whose.length - typeWidth - 2)
    const message = cutToWidth(escapedText(`${agent}${event.message ?? ''}`), room, unicode ? '…' : '.')
    return `${paint(time, 'faint')}  ${whose}${paint(type, toneOfType(event.type))}  ${message}\n`
  })
}

function each(write: CommandInput['write'], text: (event: RunEvent) => string): Print {
  return (events) => {
    if (events.length > 0) write(events.map(text).join(''))
  }
}

function toneOfType(type: string): Tone | undefined {
  if (type.endsWith('.failed')) return 'bad'
  return type.endsWith('.completed') ? 'good' : 'busy'
}
