import type { AnyValue } from '../../../src/decode/span.ts'

/** One run of a tool, as the model asks for it and the app answers. */
export interface ToolUse {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, string>>
  readonly result: string
}

/** One billed call of a model. The prompt includes the cached tokens, the completion reasoning, as OpenAI counts them. */
export interface ModelCall {
  readonly id: string
  readonly prompt: number
  readonly completion: number
  readonly cached: number
  /** Tokens of the prompt that the call wrote into the cache. */
  readonly written: number
  readonly reasoning: number
  /** The tool run of the round before, whose result the request has. */
  readonly history: ToolUse | null
  /** The tool that the answer asks for; null: it is a text. */
  readonly asks: ToolUse | null
}

export type AttributeValues = Readonly<Record<string, AnyValue>>

/** A span without its ids and times. */
export interface Sketch {
  readonly name: string
  readonly scope: string
  /** The OTLP SpanKind: 1 INTERNAL, 3 CLIENT. */
  readonly kind: 1 | 3
  readonly attributes: AttributeValues
  readonly events?: readonly (readonly [string, AttributeValues])[]
}

/** How one instrumentation reports model calls and tool runs. */
export interface Instrumentation {
  readonly name: string
  /** The spans of a call, the outermost first. */
  readonly call: (call: ModelCall) => readonly Sketch[]
  /** The span of a tool run; absent: only messages report it. */
  readonly tool?: (tool: ToolUse) => Sketch
  /** The span around the calls of an agent, which may sum them up. */
  readonly agent?: (calls: readonly ModelCall[]) => Sketch
  /** The log record that repeats a call; its scope is that of the span. */
  readonly record?: (call: ModelCall) => Sketch
  /** Whether its calls have messages in which tools are. */
  readonly hasMessages: boolean
  /** Its calls state no counters, as those of streams without `include_usage`. */
  readonly withoutUsage?: true
}

export const asked = 'gpt-4o-mini'
export const answered = 'gpt-4o-mini-2024-07-18'
const question = 'What is the weather in Lisbon?'
const answer = 'Sunny.'

/** Sums of the calls, for the spans around them. */
export function sumOf(calls: readonly ModelCall[]): Pick<ModelCall, 'prompt' | 'completion' | 'cached' | 'reasoning'> {
  const sum = (of: (call: ModelCall) => number) => calls.reduce((total, call) => total + of(call), 0)
  return {
    prompt: sum(({ prompt }) => prompt),
    completion: sum(({ completion }) => completion),
    cached: sum(({ cached }) => cached),
    reasoning: sum(({ reasoning }) => reasoning),
  }
}

/** The messages of a request in the form of OpenAI's API. */
export function requestMessages({ history }: ModelCall): object[] {
  const earlier =
    history === null ? [] : [toolMessage(history), { role: 'tool', tool_call_id: history.id, content: history.result }]
  return [{ role: 'user', content: question }, ...earlier]
}

/** The message of the answer in the form of OpenAI's API. */
export function answerMessage({ asks }: ModelCall): object {
  return asks === null ? { role: 'assistant', content: answer } : toolMessage(asks)
}

function toolMessage({ id, name, args }: ToolUse): object {
  const call = { id, type: 'function', function: { name, arguments: JSON.stringify(args) } }
  return { role: 'assistant', content: null, tool_calls: [call] }
}

/** The messages of a call in the form of the semantic conventions. */
export function parts(call: ModelCall): AttributeValues {
  const { history, asks } = call
  const toolCall = ({ id, name, args }: ToolUse) => ({ type: 'tool_call', id, name, arguments: args })
  const request = [
    { role: 'user', parts: [{ type: 'text', content: question }] },
    ...(history === null
      ? []
      : [
          { role: 'assistant', parts: [toolCall(history)] },
          { role: 'tool', parts: [{ type: 'tool_call_response', id: history.id, response: history.result }] },
        ]),
  ]
  const content = asks === null ? { type: 'text', content: answer } : toolCall(asks)
  return {
    'gen_ai.input.messages': JSON.stringify(request),
    'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [content], finish_reason: 'stop' }]),
  }
}

/** What all followers of the semantic conventions write of a call of OpenAI. */
export function chat(call: Pick<ModelCall, 'prompt' | 'completion'>): AttributeValues {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': asked,
    'gen_ai.response.model': answered,
    ...counted(call),
  }
}

/** The counters of the semantic conventions. */
export function counted({ prompt, completion }: Pick<ModelCall, 'prompt' | 'completion'>): AttributeValues {
  return { 'gen_ai.usage.input_tokens': BigInt(prompt), 'gen_ai.usage.output_tokens': BigInt(completion) }
}

/** A tool run as the semantic conventions write it. */
export function executeTool({ id, name, args, result }: ToolUse): AttributeValues {
  return {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    'gen_ai.tool.call.id': id,
    'gen_ai.tool.call.arguments': JSON.stringify(args),
    'gen_ai.tool.call.result': result,
  }
}
