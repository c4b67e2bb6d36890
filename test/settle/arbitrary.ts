import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Facts, Kind, RunPart, RunRole, UnknownUsage, Usage, UsageRole } from '../../src/map/facts/facts.ts'
import { answers, asks, spanCallId, toolInput, toolName } from './arbitrary-calls.ts'

const allKinds: Kind[] = ['workflow', 'task', 'agent', 'llm', 'embedding', 'tool', 'plain', 'plain', 'llm', 'llm']
const roles: UsageRole[] = [
  'call',
  'call',
  'call',
  'poll',
  'own',
  'aggregate',
  'last-step',
  'partial',
  'lifetime',
  'estimate',
  'copy',
]

/** Few ids, times and counters, so that parents, cycles, versions and twins meet often. Midnight of UTC is among the times. */
const spanId = fc.integer({ min: 1, max: 14 }).map((n) => n.toString(16).padStart(16, '0'))
const ns = fc.integer({ min: 0, max: 12 }).map((n) => 1_790_035_198_500_000_000n + BigInt(n) * 250_000_000n)
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 })

const usage: fc.Arbitrary<Usage> = fc.record({
  role: fc.constantFrom(...roles),
  class: fc.constantFrom('chat', 'chat', 'chat', 'embedding'),
  trust: fc.constantFrom(10, 20, 30, 40),
  prompt: fc.constantFrom(10, 10, 20),
  completion: fc.constantFrom(0, 5),
  cacheRead: rarely(fc.constantFrom(0, 4)),
  cacheWrite: rarely(fc.constant(0)),
  reasoning: fc.constant(null),
  responseId: rarely(fc.constantFrom('r1', 'r2')),
  provider: rarely(fc.constant('openai')),
  model: fc.constantFrom('gpt-4o-mini', null),
  responseModel: rarely(fc.constant('gpt-4o-mini-2024-07-18')),
  statedCostNano: rarely(fc.constantFrom(0, 123_456)),
  cacheHit: fc.constant(false),
  elsewhere: fc.boolean(),
  cacheSemantics: fc.constant('as reported'),
})

const unknownUsage: fc.Arbitrary<UnknownUsage> = fc.record({
  class: fc.constantFrom('chat', 'chat', 'embedding'),
  responseId: rarely(fc.constantFrom('r1', 'r2')),
  model: fc.constantFrom('gpt-4o-mini', null),
})

const ranked = fc.record({ rank: fc.integer({ min: 0, max: 3 }), value: fc.constantFrom('one', 'two', 'three') })

const runRoles: RunRole[] = ['outside', 'inside', 'inside', 'open', 'copy', 'copy', 'end', 'continued', 'stop']

const runPart: fc.Arbitrary<RunPart> = fc.record({
  role: fc.constantFrom(...runRoles),
  run: fc.constantFrom('r1', 'r2', 'r3', null),
  activity: fc.constantFrom(null, null, 'a1', 'a2'),
  passesOn: fc.boolean(),
})

/** `durable`: some belong to runs of durable workflows. */
export function factsOf(trace: string, durable: boolean, kinds: readonly Kind[] = allKinds): fc.Arbitrary<Facts> {
  return fc
    .record({
      source: fc.constantFrom('span' as const, 'span' as const, 'span' as const, 'record' as const),
      id: spanId,
      parent: fc.oneof(spanId, spanId, fc.constant('')),
      remoteParent: fc.boolean(),
      start: ns,
      length: fc.integer({ min: 0, max: 6 }),
      kind: fc.constantFrom(...kinds),
      spanKind: fc.integer({ min: 0, max: 5 }),
      origin: fc.constantFrom('a', 'b', 'c'),
      workflowId: fc.option(fc.constantFrom('wf-1', 'wf-2', 'wf-3'), { nil: null, freq: 2 }),
      endsWell: fc.boolean(),
      open: fc.constantFrom(false, false, false, false, false, true),
      agent: rarely(fc.constantFrom('anna', 'bert')),
      outcome: fc.constantFrom('ok' as const, 'ok' as const, 'error' as const, 'cancelled' as const),
      usage: fc.option(usage, { nil: null, freq: 3 }),
      unknown: fc.option(unknownUsage, { nil: null, freq: 1 }),
      attributeCount: fc.integer({ min: 0, max: 3 }),
      user: rarely(fc.constantFrom('u1', 'u2')),
      query: rarely(ranked),
      result: rarely(ranked),
      session: rarely(ranked),
      tenantId: fc.option(
        fc.constantFrom('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'),
        { nil: null, freq: 8 },
      ),
      spanCallId,
      toolName,
      toolInput,
      asks,
      answers,
      run: durable ? fc.option(runPart, { nil: null, freq: 1 }) : fc.constant(null),
    })
    .map((raw) => finish(trace, raw))
}

type Raw = Parameters<typeof finish>[1]

function finish(
  trace: string,
  raw: Pick<
    Facts,
    | 'source'
    | 'id'
    | 'parent'
    | 'remoteParent'
    | 'kind'
    | 'spanKind'
    | 'origin'
    | 'workflowId'
    | 'agent'
    | 'endsWell'
    | 'open'
    | 'outcome'
    | 'usage'
    | 'attributeCount'
    | 'asks'
    | 'answers'
  > & {
    unknown: UnknownUsage | null
    start: bigint
    length: number
    user: string | null
    query: { rank: number; value: string } | null
    result: { rank: number; value: string } | null
    session: { rank: number; value: string } | null
    tenantId: string | null
    spanCallId: string | null
    toolName: string | null
    toolInput: string | null
    run: RunPart | null
  },
): Facts {
  const {
    start,
    length,
    unknown,
    user,
    query,
    result,
    session,
    tenantId,
    spanCallId,
    toolName,
    toolInput,
    run,
    ...rest
  } = raw
  const isRecord = raw.source === 'record'
  const open = raw.open && !isRecord
  const digest = createHash('sha256')
    .update(JSON.stringify(raw, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .digest('hex')
  const endNs = isRecord || open ? start : start + BigInt(length) * 250_000_000n
  const isTool = raw.kind === 'tool'
  const event = (type: string, timeNs: bigint) => ({
    type,
    message: `${type} ${raw.id}`,
    payload: JSON.stringify({ digest }),
    timeNs,
  })
  return {
    ...rest,
    open,
    trace,
    id: isRecord ? digest.slice(0, 32) : raw.id,
    startNs: start,
    endNs,
    digest,
    name: 'step',
    dialect: 'plain attributes',
    service: 'svc',
    error: raw.outcome === 'error' ? 'it broke' : null,
    unknownUsage: raw.kind === 'llm' || raw.kind === 'embedding' ? unknown : null,
    unreadUsage: [],
    run: isRecord ? null : run,
    statements: {
      ...(user !== null && { user: { rank: 0, value: user } }),
      ...(query !== null && { query }),
      ...(result !== null && { result }),
      ...(session !== null && { session }),
      ...(tenantId !== null && { tenantId }),
    },
    tool: isTool
      ? {
          name: toolName,
          // a record with a call id is told as the messages that ask and answer
          callId: isRecord ? null : spanCallId,
          input: toolInput,
          output: null,
          success: raw.outcome !== 'error',
          error: null,
        }
      : null,
    events:
      raw.kind === 'plain'
        ? []
        : isTool
          ? [event('tool.called', start), ...(open ? [] : [event('tool.completed', endNs)])]
          : [event(`${raw.kind}.seen`, start)],
  }
}

const traces = fc.constantFrom('0af7651916cd43dd8448eb211c80319c', '1bf7651916cd43dd8448eb211c80319d')

/** Some clients leave out start and end; the engines of durable workflows never do. */
function sometimesWithoutTimes(facts: fc.Arbitrary<Facts>, durable: boolean): fc.Arbitrary<Facts> {
  if (durable) return facts
  const untimed = (one: Facts): Facts => ({
    ...one,
    startNs: 0n,
    endNs: 0n,
    open: false,
    events: one.events.map((event) => ({ ...event, timeNs: 0n })),
  })
  return fc.oneof({ weight: 15, arbitrary: facts }, { weight: 1, arbitrary: facts.map(untimed) })
}

/** Anything: cycles, several versions of one span, missing parents. */
const tangles = (durable: boolean) =>
  fc.array(
    traces.chain((trace) => sometimesWithoutTimes(factsOf(trace, durable), durable)),
    { minLength: 1, maxLength: 24 },
  )

/** One deep trace without cycles or versions: what most traces are. */
const trees = (durable: boolean) =>
  fc
    .array(fc.tuple(sometimesWithoutTimes(factsOf('0af7651916cd43dd8448eb211c80319c', durable), durable), fc.nat()), {
      minLength: 4,
      maxLength: 20,
    })
    .map((list) =>
      list.map(([facts, pick], i) => ({
        ...facts,
        id: facts.source === 'span' ? hexId(i) : facts.id,
        parent: i === 0 ? '' : hexId(Math.max(0, i - 1 - (pick % 3))),
      })),
    )

export function hexId(i: number): string {
  return (i + 1).toString(16).padStart(16, '0')
}

/** One workflow's spans in several traces. */
const workflows = tangles(true).map((list) =>
  list.map((facts) => ({ ...facts, workflowId: facts.run === null ? facts.workflowId : 'wf-1' })),
)

/**
 * Attempts at activities, which are tools or use some: not all that they hang under has arrived, or nothing above them was
 * traced, and each has a trace to itself.
 */
const activities = (apart: boolean) =>
  fc
    .array(
      fc.record({
        attempt: factsOf('0af7651916cd43dd8448eb211c80319c', true),
        activity: fc.constantFrom('a1', 'a2'),
        uses: fc.array(factsOf('0af7651916cd43dd8448eb211c80319c', false), { maxLength: 3 }),
      }),
      { minLength: 2, maxLength: 6 },
    )
    .map((attempts) =>
      attempts.flatMap(({ attempt, activity, uses }, i) => {
        const run = { role: 'inside' as const, run: 'r1', activity, passesOn: false }
        const own = apart ? { trace: hexId(i).repeat(2) } : {}
        return [
          { ...attempt, ...own, id: hexId(i), run, ...(apart && { parent: '', workflowId: 'wf-1' }) },
          ...uses.map((use, k) => ({ ...use, ...own, id: hexId(20 + 3 * i + k), parent: hexId(i) })),
        ]
      }),
    )
    .map((list) => list.map((facts) => (facts.source === 'record' ? { ...facts, source: 'span' as const } : facts)))

/** Sets with parts of durable workflows' runs. */
export const durableSets: fc.Arbitrary<Facts[]> = fc.oneof(
  tangles(true),
  trees(true),
  workflows,
  activities(false),
  activities(true),
)

/** A set of spans and records of a few traces, with versions of one span among them. */
export const factSets: fc.Arbitrary<Facts[]> = fc.oneof(tangles(false), trees(false), durableSets)

/** The same set in some order, with repetitions, cut into batches of at most so many. */
export function arrivals(set: readonly Facts[], most = 9): fc.Arbitrary<Facts[][]> {
  const repeated = fc.shuffledSubarray([...set]).map((again) => [...set, ...again])
  return fc
    .tuple(
      repeated.chain((list) => fc.shuffledSubarray(list, { minLength: list.length })),
      fc.integer({ min: 1, max: most }),
    )
    .map(([list, size]) =>
      Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size)),
    )
}

export type { Raw }
