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

const weather: ToolUse = {
  id: 'call_8JkQ2mXv7RsTz4LwYbN9eHdK',
  name: 'get_weather',
  args: { city: 'Lisbon' },
  result: '21 C and sunny',
}

const first = { prompt: 211, completion: 37, cached: 0, reasoning: 0, history: null }
const second = { prompt: 307, completion: 29, cached: 128, asks: null }
const openai: readonly [ModelCall, ModelCall] = [
  { ...first, id: 'chatcmpl-CkU7pQ2mXvR9sTzLw4YbN8eHdKfJ1', written: 0, asks: weather },
  { ...second, id: 'chatcmpl-CkU7pVb3nYtG6hJcDw2qZ5rMaXs80', written: 0, reasoning: 13, history: weather },
]
const anthropic: readonly [ModelCall, ModelCall] = [
  { ...first, id: 'msg_01XFDUDYJgAACzvnptvVoYEL', written: 101, asks: null },
  { ...second, id: 'msg_013Zva2CMHLNnXjNJJKqJ2EF', written: 0, reasoning: 0, history: null },
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

/** The run with ids of its own, from a number: providers and clients draw their ids anew. */
export function withOwnIds(run: ReportedRun, n: number): ReportedRun {
  const own = (id: string) => `${id}${n.toString(36).padStart(4, '0')}`
  const ownTool = (tool: ToolUse | null) => (tool === null ? null : { ...tool, id: own(tool.id) })
  const ownCall = (call: ModelCall): ModelCall => {
    return { ...call, id: own(call.id), asks: ownTool(call.asks), history: ownTool(call.history) }
  }
  const [first, second] = run.calls
  return { ...run, calls: [ownCall(first), ownCall(second)], tool: ownTool(run.tool) }
}
