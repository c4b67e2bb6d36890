import { ofAnthropic } from './anthropic.ts'
import type { Arrangement, ReportedRun } from './arrange.ts'
import { clients } from './clients.ts'
import { frameworks } from './frameworks.ts'
import { langchain } from './langchain.ts'
import type { Instrumentation, ModelCall, ToolUse } from './sketch.ts'

/** Instrumentations that may report one run, and what they report. */
export interface Family {
  readonly provider: string
  readonly run: ReportedRun
  readonly instrumentations: readonly Instrumentation[]
}

const weather: ToolUse = { id: 'call_one', name: 'get_weather', args: { city: 'Lisbon' }, result: '21 C and sunny' }

const first = { prompt: 211, completion: 37, cached: 0, reasoning: 0, history: null }
const second = { prompt: 307, completion: 29, cached: 128, asks: null }
const openai: readonly [ModelCall, ModelCall] = [
  { ...first, id: 'chatcmpl-Ab1', written: 0, asks: weather },
  { ...second, id: 'chatcmpl-Ab2', written: 0, reasoning: 13, history: weather },
]
const anthropic: readonly [ModelCall, ModelCall] = [
  { ...first, id: 'msg_Ab1', written: 101, asks: null },
  { ...second, id: 'msg_Ab2', written: 0, reasoning: 0, history: null },
]

const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', workflowId: 'wf-instrumented' }

export const families: readonly Family[] = [
  {
    provider: 'OpenAI',
    run: { ...ids, calls: openai, tool: weather },
    instrumentations: [...clients, ...langchain, ...frameworks],
  },
  { provider: 'Anthropic', run: { ...ids, calls: anthropic, tool: null }, instrumentations: ofAnthropic },
]

export type Pair = readonly [Instrumentation, Instrumentation]

/** Every ordered pair of instrumentations that can stand so to each other. One may repeat its own spans in records. */
export function pairsOf({ instrumentations }: Family, arrangement: Arrangement): Pair[] {
  const withRecord = instrumentations.filter(({ record }) => record !== undefined)
  const firsts = arrangement === 'records alone' ? withRecord : instrumentations
  const seconds = arrangement.startsWith('record') ? withRecord : instrumentations
  return firsts.flatMap((first) =>
    seconds
      .filter((second) => second !== first || arrangement.startsWith('record'))
      .map((second): Pair => [first, second]),
  )
}
