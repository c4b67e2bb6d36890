import { beforeAll, describe, type ExpectStatic, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { snippet } from '../support/documents.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { type Preparation, prepare, type Workplace } from './prepare.ts'
import { rowsFor, rowsIn } from './rows.ts'
import { type Shown, secure } from './secured.ts'
import { openStage, type Ports } from './stage.ts'

/** An app of this folder with an SDK, which is started as docs/sending.md says. */
export interface Client {
  readonly name: string
  /** What it needs and isn't on this machine: the tests say then that nothing was tried. */
  readonly lacks: readonly string[]
  readonly app: Preparation
  /** The block of docs/sending.md that starts it. */
  readonly start: string
  /** What the SDK does, by the block of environment variables of that name. */
  readonly ways: Readonly<Record<string, Habits>>
}

/** What an SDK does by itself. */
export interface Habits {
  readonly sendsMetrics: boolean
  /** Whether it sends again what was on a connection that broke before the answer. */
  readonly resendsAfterCut: boolean
  /** Whether it sends again what it was asked to send later. */
  readonly resendsWhenAsked: boolean
  /** How the SDK shows who it is, over TLS; absent: in clear text, to a receiver that asks for nothing. */
  readonly shows?: readonly Shown[]
}

/** Tests of a client, one for each way; side by side, since most of their time an SDK waits. */
export function testClient({ name, lacks, app, start, ways }: Client): void {
  const reason = `${name} not tried: ${lacks.join(', ')} not on this machine`
  if (lacks.length > 0) console.warn(reason)
  describe.concurrent(name, () => {
    let workplace: Workplace
    beforeAll(async () => {
      if (lacks.length === 0) workplace = await prepare(app)
    })

    test.for(named(ways))('over %s', async ([, way, habits], { skip, expect }) => {
      skip(lacks.length > 0, reason)
      await tryOut({ expect, workplace, way, start, habits })
    })
  })
}

function named(ways: Client['ways']): (readonly [string, string, Habits])[] {
  return Object.entries(ways).map(([way, habits]) => {
    return [
      habits.shows === undefined ? way : `${way}, with TLS and ${habits.shows.map((one) => `a ${one}`).join(' and ')}`,
      way,
      habits,
    ]
  })
}

interface Trial {
  /** That of the test: with others beside it, the global one doesn't know whose it is. */
  readonly expect: ExpectStatic
  readonly workplace: Workplace
  readonly way: string
  readonly start: string
  readonly habits: Habits
}

/** Of the receiver whose database is away: senders hear soon that they should come again. */
const impatient = { SPANLEDGER_ANSWER_TIMEOUT_MS: '1500', SPANLEDGER_BEGIN_WITHIN_MS: '500' }

/** An SDK's own limits of time, so long that no busy machine reaches them, and a short wait for its next batch. */
function unhurried(start: string): Record<string, string> {
  const minutes = 5
  return {
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_BSP_EXPORT_TIMEOUT: String(minutes * 60_000),
    // in seconds for Python, in milliseconds for the others
    OTEL_EXPORTER_OTLP_TIMEOUT: String(minutes * (start === 'python' ? 60 : 60_000)),
    // a run of seconds isn't worth what the second compiler of Java costs
    JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1',
  }
}

/**
 * Puts an app through a bad day: a question on which all is well; one whose spans are committed but the answer gets
 * lost; and one while the database is away, with the receiver restarted before its spans come again. Each question is a
 * run with an agent, two model calls and a tool, and must be in the tables once.
 */
async function tryOut({ expect, workplace, way, start, habits }: Trial): Promise<void> {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  using secured = habits.shows === undefined ? null : secure(...habits.shows)
  await using stage = await openStage(database.url, secured?.settings)
  const text = [way, start].map((name) => textFor(name, stage.ports)).join('\n')
  const script = secured === null ? text : text.replace('ENDPOINT=http:', 'ENDPOINT=https:')
  const env = { ...unhurried(start), ...secured?.env }
  await using app = runShell(script, { cwd: workplace.folder, path: workplace.path, env })
  const told = () => app.output()
  const arrived = (...cities: string[]) => expect.poll(() => rowsIn(client)).toEqual(rowsFor(cities))

  app.input.write('Lisbon\n')
  await arrived('Lisbon')

  const twice = stage.spans('duplicate')
  stage.holdAnswers()
  app.input.write('Atlantis\n')
  await arrived('Lisbon', 'Atlantis')
  // on a busy machine an SDK may have given up its connection by itself, and sent them again already
  stage.cut()
  if (habits.resendsAfterCut) await expect.poll(() => stage.spans('duplicate')).toBeGreaterThan(twice)

  await stage.restart(impatient)
  stage.takeDatabaseAway()
  const late = stage.spans('givenBack')
  app.input.write('Oslo\n')
  await expect.poll(() => stage.spans('givenBack')).toBeGreaterThan(late)
  await stage.restart()
  app.input.end()
  expect(await app.exited, told()).toBe(0)
  expect(told().match(/^(sunny|unknown|snow)$/gm)).toEqual(['sunny', 'unknown', 'snow'])
  await arrived('Lisbon', 'Atlantis', ...(habits.resendsWhenAsked ? ['Oslo'] : []))

  const metrics = stage.metrics()
  expect(metrics.some(({ requests }) => requests > 0)).toBe(habits.sendsMetrics)
  for (const { requests, lines } of metrics) expect(lines).toBe(Math.min(requests, 1))
}

/** A block of docs/sending.md with the ports of a stage for its own. */
function textFor(name: string, { http, grpc }: Ports): string {
  return snippet(name).replaceAll(':4318', `:${http}`).replaceAll(':4317', `:${grpc}`)
}
