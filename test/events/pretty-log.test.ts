import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createLogger } from '../../src/events/events.ts'
import { prettyLines } from '../../src/events/pretty-log.ts'

/** A logger, and the lines that a terminal would be given. */
function prettyLogger(colored = false) {
  const lines: string[] = []
  const logger = createLogger('trace', prettyLines({ write: (text) => lines.push(text) }, colored))
  return { logger, lines }
}

test('a line has the local time, the level, the message and its fields', () => {
  const { logger, lines } = prettyLogger()
  logger.warn({ reason: 'too-old', count: 6 }, 'refused')
  logger.info({ why: 'no such host', at: { http: 'http://h:1' }, empty: '' }, 'the database is away')
  logger.error('bare')
  const [first, second, third] = lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''))
  expect(first).toBe('WARN  refused reason=too-old count=6\n')
  expect(second).toBe('INFO  the database is away why="no such host" at={"http":"http://h:1"} empty=""\n')
  expect(third).toBe('ERROR bare\n')
  expect(lines[0]!.slice(0, 8)).toMatch(/^\d\d:\d\d:\d\d$/)
})

test('what a sender chooses can not steer a terminal or forge a line', () => {
  const { logger, lines } = prettyLogger()
  logger.warn({ why: '\x1b[2J\x9b2J\u202e', plain: 'ü' }, 'a\rb\n12:00:00 INFO  forged \x1b]0;t\x07')
  expect(lines[0]!.slice(9)).toBe(
    'WARN  a\\u000db\n    12:00:00 INFO  forged \\u001b]0;t\\u0007 why="\\u001b[2J\\u009b2J\\u202e" plain=ü\n',
  )
})

test('secrets are as hidden as in JSON', () => {
  const { logger, lines } = prettyLogger()
  logger.info({ password: 'hidden', config: { databaseUrl: 'hidden' } }, 'x')
  expect(lines.join('')).not.toContain('hidden')
  expect(lines).toHaveLength(1)
})

const root = path.join(import.meta.dirname, '..', '..')
const source = `const { createEvents, createLogger } = await import('./src/events/events.ts'); createEvents(createLogger('info')).warning('odd')`
const command = `${process.execPath} --import tsx --input-type=module -e "${source}"`
const shell = promisify(execFile)

/** What the log of a process is, run by `script`, which gives it a terminal, or by a shell, which gives it a pipe. */
async function logOf(terminal: boolean, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, TERM: 'xterm-256color', ...more }
  const run = terminal ? ['script', '-qec', command, '/dev/null'] : ['sh', '-c', `${command} 2>&1`]
  const { stdout } = await shell(run[0]!, run.slice(1), { cwd: root, env })
  return stdout
}

test('the log of a process is JSON, unless standard error is a terminal', async () => {
  expect(JSON.parse(await logOf(false))).toMatchObject({ level: 40, msg: 'odd', count: 1 })
})

// `script` of util-linux; the one of macOS and BSD has other arguments.
test.runIf(process.platform === 'linux')(
  'on a terminal it is readable and coloured, unless NO_COLOR is set',
  async () => {
    expect((await logOf(true)).replace(/\d\d:\d\d:\d\d/, 'TIME')).toBe(
      '\x1b[90mTIME\x1b[39m \x1b[33mWARN \x1b[39m odd \x1b[90mcount=1\x1b[39m\r\n',
    )
    expect(await logOf(true, { NO_COLOR: '1' })).toMatch(/^\d\d:\d\d:\d\d WARN {2}odd count=1\r\n$/)
  },
)
