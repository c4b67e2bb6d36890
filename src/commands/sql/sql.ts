import { readFileSync } from 'node:fs'
import { Misconfigured, messageOf } from '../../errors.ts'
import { runTypedSql, TypedSqlFailed } from '../../queries/typed/typed-sql.ts'
import type { Database } from '../../store/database.ts'
import { escapedLines } from '../../terminal-text.ts'
import type { CommandInput } from '../command-line/command.ts'
import { numberOption } from '../command-line/number-option.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { describeSql } from './describe.ts'
import { printExpanded, printRows } from './print-rows.ts'
import { openPrompt } from './prompt.ts'
import { isOpen, splitStatements } from './split-statements.ts'

const usualSeconds = 30
const mostSeconds = 3_600
const usualRows = 1_000
const mostRows = 100_000_000

/** What `\\x` and `\\timing` have switched. */
interface Modes {
  isExpanded: boolean
  isTimed: boolean
}

/** Runs read-only SQL: of the command line, of a file, of standard input, or of a person at a prompt. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const texts = textsOf(input)
  await using database = await openForReading(input, tenantOption(input))
  const modes: Modes = { isExpanded: input.switches.has('expanded'), isTimed: false }
  if (texts === null) return await prompt(database, input, modes)
  for (const text of texts) {
    const { statements, rest } = splitStatements(text)
    for (const statement of [...statements, ...(rest === '' ? [] : [rest])])
      if (!(await answer(database, input, modes, statement))) return 1
  }
  return undefined
}

/** The texts of `-c` and `-f`; null where a person types them. */
function textsOf({ options }: CommandInput): readonly string[] | null {
  const commands = options.get('command') ?? []
  const files = (options.get('file') ?? []).map((file) => {
    try {
      return readFileSync(file === '-' ? 0 : file, 'utf8')
    } catch (error) {
      throw new Misconfigured(`${file} can't be read: ${messageOf(error)}`)
    }
  })
  if (commands.length + files.length > 0) return [...commands, ...files]
  return process.stdin.isTTY ? null : [readFileSync(0, 'utf8')]
}

/** Answers what was typed: SQL, or a command that begins with a backslash. Returns whether it succeeded. */
async function answer(database: Database, input: CommandInput, modes: Modes, typed: string): Promise<boolean> {
  const [, command, argument = ''] = /^\\(\w+)\s*(.*)$/s.exec(typed) ?? []
  if (command === 'x') {
    modes.isExpanded = !modes.isExpanded
    input.writeError(`A line for each column: ${modes.isExpanded ? 'on' : 'off'}\n`)
    return true
  }
  if (command === 'timing') {
    modes.isTimed = !modes.isTimed
    input.writeError(`Timing: ${modes.isTimed ? 'on' : 'off'}\n`)
    return true
  }
  if (command !== undefined && command !== 'd' && command !== 'dt') {
    input.writeError(`\\${command} is unknown here. There are \\d [table], \\x, \\timing and \\q.\n`)
    return false
  }
  return runOne(database, input, modes, command === undefined ? typed : describeSql(argument.trim()))
}

async function runOne(database: Database, input: CommandInput, modes: Modes, sql: string): Promise<boolean> {
  const { terminal, options, switches, writeError } = input
  const isStreamed = terminal.width === null || switches.has('csv')
  const rows = numberOption(input, 'rows', isStreamed && !options.has('json') ? mostRows : usualRows, mostRows)
  const timeoutMs = 1000 * numberOption(input, 'timeout', usualSeconds, mostSeconds)
  const begin = performance.now()
  let printed = 0
  let pages: Parameters<typeof printRows>[1] | undefined
  try {
    const { hasMore, rows: read } = await runTypedSql(database, sql, { timeoutMs, rows }, async (page) => {
      if (modes.isExpanded && !options.has('json')) printExpanded(input, page, printed)
      else if (isStreamed && !options.has('json')) printRows(input, page, printed > 0)
      else pages = pages === undefined ? page : { ...page, rows: [...pages.rows, ...page.rows] }
      printed += page.rows.length
      await terminal.drained()
      if (terminal.closed.aborted) throw new TypedSqlFailed('standard output is read no more')
    })
    if (pages !== undefined) printRows(input, pages, false)
    if (hasMore) writeError(`These are the first ${read} rows: --rows says how many are wanted.\n`)
  } catch (error) {
    if (!(error instanceof TypedSqlFailed)) throw error
    if (terminal.closed.aborted) return true
    writeError(`${escapedLines(error.message)}\n`)
    return false
  }
  if (modes.isTimed) writeError(`Time: ${(performance.now() - begin).toFixed(1)} ms\n`)
  return true
}

/** Reads statements from a person until `\\q` or the end of input. */
async function prompt(database: Database, input: CommandInput, modes: Modes): Promise<undefined> {
  input.writeError(`${database.description}, read-only. \\d lists the tables, \\q or Ctrl-D ends.\n`)
  await using lines = openPrompt()
  let text = ''
  for (;;) {
    const answered = await lines.read(text === '' ? 'spanledger=> ' : 'spanledger-> ')
    if (answered === 'ended') return undefined
    if (answered === 'interrupted') {
      text = ''
      continue
    }
    const { line } = answered
    if (/^\s*\\/.test(line) && !isOpen(text)) {
      if (/^\s*\\q\b/.test(line)) return undefined
      await answer(database, input, modes, line.trim())
      continue
    }
    text += `${line}\n`
    if (isOpen(text)) continue
    const { statements, rest } = splitStatements(text)
    for (const statement of statements) await answer(database, input, modes, statement)
    text = rest === '' ? '' : `${rest}\n`
  }
}
