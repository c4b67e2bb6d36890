import { type Answers, longest, longGzip, overload, pipelined, sendBodies, type Target } from './abuses.ts'
import {
  attributeBomb,
  attributesInJson,
  deepJson,
  emptyFrames,
  gzipBomb,
  longTrace,
  refusedSpans,
  zstdBomb,
} from './bodies.ts'
import { flood, floods, slowLoris, withoutWindow } from './connections.ts'

/** What became of an abuse: a figure for people, and what was promised and isn't so. */
export interface Result {
  readonly figure: string
  readonly broken: readonly string[]
  /** The longest answer, less the time that this thread has waited for a processor, in milliseconds. */
  readonly answerMs?: number
}

/** A receiver that is abused, for so long. A short form is in the suite. */
export interface Victim extends Target {
  /** OTLP/gRPC, host:port. */
  readonly grpc: string
  readonly isShort: boolean
  /** Runs a query on its database, which gives one number. */
  readonly ask: (sql: string) => Promise<number>
}

export interface Abuse {
  readonly name: string
  /** It is in no suite: it waits half a minute for a time limit, or other tests try what matters of it in less time. */
  readonly isLong?: true
  /** The most resident memory, in MB, if it isn't 300. */
  readonly mostMb?: number
  /** The longest time that its thread may work at a stretch, in milliseconds; absent: it is shown alone. */
  readonly mostWorkMs?: number
  readonly run: (victim: Victim) => Promise<Result>
}

/** An answer takes no longer, whether it acknowledges, refuses or gives back; the receiver's time without a processor apart. */
export const longestAnswerMs = 4_000

/** Answers that senders of OTLP know. */
function judged(answers: Answers, expected: readonly string[], more: readonly string[] = []): Result {
  const { statuses, longestMs, waitedMs } = answers
  const counts = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  const unknown = [...statuses.keys()].filter((status) => !expected.includes(status))
  return {
    figure: `${counts}; an answer took ${(longestMs / 1000).toFixed(2)} s at most`,
    broken: [...unknown.map((status) => `answered ${status}`), ...more],
    answerMs: longestMs - waitedMs,
  }
}

const storedOrGivenBack = ['200', '503']
const callsStored = 'select count(*)::int from token_usage'

async function overloaded(victim: Victim): Promise<Result> {
  const before = await victim.ask(callsStored)
  const answers = await overload(victim, 64, victim.isShort ? 40 : 400)
  const lost = answers.calls - (await victim.ask(callsStored)) + before
  return judged(answers, storedOrGivenBack, lost > 0 ? [`${lost} acknowledged calls are not committed`] : [])
}

/** All spans of one trace, in one request or in several: acknowledged in the end, and all there. */
async function oneTrace(victim: Victim, count: number, perRequest: number): Promise<Result> {
  const startedMs = performance.now()
  const answers = await sendBodies({ ...victim, forMs: 600_000 }, longTrace(count, perRequest))
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  const calls = await victim.ask("select count(*)::int from token_usage where model = 'long-trace'")
  // its root is no call
  const missing = count - 1 - calls
  const result = judged(answers, storedOrGivenBack, missing > 0 ? [`${missing} calls are missing`] : [])
  return { ...result, figure: `${result.figure}; stored within ${seconds} s` }
}

async function conflicts(victim: Victim, count: number): Promise<Result> {
  const target = { ...victim, forMs: 600_000 }
  await sendBodies(target, longTrace(count, 5_000))
  return judged(await sendBodies(target, longTrace(count, count, 1)), storedOrGivenBack)
}

/** More than the database takes, and the largest requests. */
const loads: readonly Abuse[] = [
  { name: '64 senders of 512 spans', run: overloaded },
  {
    name: '100 requests of 10 MiB in gzip',
    run: async (victim) => judged(await longGzip(victim, victim.isShort ? 20 : 100), storedOrGivenBack),
  },
  ...(['json', 'protobuf'] as const).map(
    (encoding): Abuse => ({
      name: `one request of 63 MiB, ${encoding}`,
      run: async (victim) => {
        const forMs = victim.isShort ? 1 : 600_000
        return judged(await longest({ ...victim, forMs }, encoding), storedOrGivenBack)
      },
    }),
  ),
  {
    name: 'a million empty requests',
    async run({ isShort, ...victim }) {
      const count = isShort ? 10_000 : 1_000_000
      const startedMs = performance.now()
      const answered = await pipelined({ ...victim, forMs: 600_000 }, count)
      const seconds = (performance.now() - startedMs) / 1_000
      return {
        figure: `${answered} answered in ${seconds.toFixed(0)} s`,
        broken: answered === count ? [] : [`only ${answered} were answered`],
      }
    },
  },
  {
    name: 'a trace of 100,000 spans in one request',
    mostMb: 450,
    run: (victim) => oneTrace(victim, victim.isShort ? 9_000 : 100_000, 100_000),
  },
  {
    name: 'a trace of 100,000 spans in requests of 512',
    mostMb: 450,
    run: (victim) => oneTrace(victim, victim.isShort ? 3_000 : 100_000, 512),
  },
]

/** What costs its receiver more than its sender. */
const bombs: readonly Abuse[] = [
  ...[65_000, 200_000, 2_500_000].map(
    (count): Abuse => ({
      name: `a span of ${count.toLocaleString('en')} attributes`,
      mostWorkMs: 300,
      run: async (victim) => judged(await sendBodies(victim, [attributeBomb(count)]), storedOrGivenBack),
    }),
  ),
  {
    name: 'a span of 150,000 attributes in JSON',
    isLong: true,
    mostWorkMs: 400,
    run: async (victim) => judged(await sendBodies(victim, [attributesInJson(150_000)]), storedOrGivenBack),
  },
  {
    name: 'gzip of 1 GiB',
    run: async (victim) => judged(await sendBodies(victim, Array(20).fill(gzipBomb()), 20), ['413', '503']),
  },
  {
    name: 'zstd of 1 GiB',
    run: async (victim) => judged(await sendBodies(victim, Array(20).fill(zstdBomb()), 20), ['413', '503']),
  },
  {
    name: '20 MB of empty frames in zstd',
    isLong: true,
    run: async (victim) => judged(await sendBodies(victim, [emptyFrames(20_000_000)]), ['400', '413', '503']),
  },
  {
    name: 'JSON nested 1,000,000 levels deep',
    mostWorkMs: 300,
    run: async (victim) => judged(await sendBodies(victim, [deepJson(2_000_000)]), ['200', '400', '413']),
  },
  {
    name: '7,000 empty spans',
    run: async (victim) => judged(await sendBodies(victim, [refusedSpans(7_000, 10)]), storedOrGivenBack),
  },
  {
    name: '3,000 refused spans of a resource of 1 MB',
    run: async (victim) => judged(await sendBodies(victim, [refusedSpans(3_000, 1_000_000)]), storedOrGivenBack),
  },
  { name: '20,000 conflicts in one request', run: (victim) => conflicts(victim, victim.isShort ? 2_000 : 20_000) },
]

/** What holds connections. */
const connections: readonly Abuse[] = [
  ...Object.entries(floods).map(
    ([kind, make]): Abuse => ({
      name: `a flood of ${kind} over HTTP/2`,
      async run({ grpc, isShort }) {
        const mb = await flood(grpc, make, isShort ? 100 : 400)
        const broken = Number.isFinite(mb) ? [] : ['the connection was never closed']
        return { figure: `closed after ${mb.toFixed(1)} MB`, broken }
      },
    }),
  ),
  {
    name: '5,000 calls with a window of 0',
    isLong: true,
    async run({ grpc, isShort }) {
      const count = isShort ? 500 : 5_000
      // a connection has a hundred calls at a time, which are given up after four seconds
      const ended = await withoutWindow(grpc, count, 400_000)
      return { figure: `${ended} ended`, broken: ended === count ? [] : [`${count - ended} calls stay open`] }
    },
  },
  {
    name: 'slow-loris: 200 sockets, a byte of a header a second',
    isLong: true,
    async run({ http, isShort }) {
      const seconds = await slowLoris(http, isShort ? 20 : 200, 120)
      return { figure: `all closed after ${seconds} s`, broken: seconds <= 60 ? [] : ['sockets stay open'] }
    },
  },
]

/** Each abuse that must be bounded, by what it is. */
export const catalogue: Readonly<Record<string, readonly Abuse[]>> = { loads, bombs, connections }
