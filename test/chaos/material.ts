import { type SpanSketch, tracesRequest } from '../support/otlp.ts'
import { inProtobuf } from '../support/protobuf-request.ts'
import { type OtlpRequest, recordingNames } from '../support/recordings.ts'
import { piecesOf, randomNumbers, rearrange, shuffled } from '../support/replay.ts'

/** One run of an agent as its requests, in the order in which they are sent, and the workflow that it makes. */
export interface Material {
  readonly workflow: string
  readonly requests: readonly OtlpRequest[]
}

/**
 * All spans and records of the recordings, in small requests, some twice and some with an unfinished version before. Those
 * with `without` in their name are left out: another build may make other rows of them.
 */
export function recordedRequests(seed: number, without: string | undefined): OtlpRequest[] {
  const names = recordingNames().filter((name) => without === undefined || !name.includes(without))
  return rearrange(piecesOf(names), { seed, duplicate: 0.2, variants: 0.2 })
}

/** The clock of every tenth sender is so far off: two days ahead, or 40 behind, in another month. */
const jumpsMs = [2 * 86_400_000, -40 * 86_400_000]

/**
 * Makes runs without end. Their root comes last or first, over one request or several, in either format; the clock of some
 * senders jumps within a run.
 */
export function* runs(seed: number, startMs: number, name: string): Generator<Material> {
  const random = randomNumbers(seed)
  for (let number = 0; ; number++) {
    const workflow = `${name}-${number}`
    const spans = [
      ...jumping(spansOf(workflow, random, startMs + number), random),
      ...(random() < 0.2 ? spansOf(workflow, random, startMs) : []),
    ]
    const groups = random() < 0.5 ? [spans] : shuffled(spans, random).map((span) => [span])
    // another version of a span under its id: one of both stays by the rule, or the later name is a conflict
    const forged = random() < 0.1 ? [[{ ...spans[1]!, name: 'forged', endMs: spans[1]!.endMs - 1 }]] : []
    const requests = [...groups, ...forged].map((group) => tracesRequest(group, `service-${number % 7}`))
    yield { workflow, requests: random() < 0.5 ? requests : requests.map(inProtobuf) }
  }
}

/** The spans, of which the last ones are of a time after a jump of the clock. */
function jumping(spans: SpanSketch[], random: () => number): SpanSketch[] {
  if (random() >= 0.1) return spans
  const byMs = jumpsMs[Math.floor(random() * jumpsMs.length)]!
  return spans.map((span, i) => (i < 2 ? span : { ...span, startMs: span.startMs + byMs, endMs: span.endMs + byMs }))
}

function spansOf(workflow: string, random: () => number, startMs: number): SpanSketch[] {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const traceId = hex(32)
  const root = hex(16)
  const user = `user-${Math.floor(random() * 20)}`
  const below = (name: string, at: number, attributes: SpanSketch['attributes']): SpanSketch => {
    const times = { startMs: startMs + at, endMs: startMs + at + 50 }
    return { traceId, spanId: hex(16), parentSpanId: root, name, ...times, ...(attributes && { attributes }) }
  }
  const call = { 'step.type': 'llm', provider: 'openai', model: 'gpt-4o-mini', completion_tokens: 5 }
  const about = { workflow_id: workflow, query: 'why?', final_answer: 'because', user_id: user }
  return [
    { traceId, spanId: root, name: 'run', startMs, endMs: startMs + 500, attributes: about },
    below('llm.call', 10, { ...call, prompt_tokens: Math.floor(random() * 1000) }),
    below('tool.call', 100, { 'step.type': 'tool', tool_name: 'search', tool_args: '{"q": 1}', tool_result: 'found' }),
    below('llm.call', 200, { ...call, prompt_tokens: Math.floor(random() * 1000) }),
  ]
}
