import { setTimeout as pause } from 'node:timers/promises'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { messageOf } from '../../errors.ts'
import type { EventLine, RunRows, TaskLine, ToolLine, UsageLine } from '../../transaction/read-run.ts'

/** What a workflow did, as far as it can know: the rows that the ledger must have of it. */
export type Account = { readonly [Table in keyof RunRows]: readonly Partial<RunRows[Table][number]>[] }

/** A model's answer, as it was written beforehand. */
export interface Answer {
  readonly provider: string
  readonly model: string
  readonly input: number
  /** How many of the input tokens were read from a cache. */
  readonly cached: number
  readonly output: number
  readonly thinks: string
  readonly says: string
}

/** Those who run a workflow: each step is told to OpenTelemetry, and to an account of their own. */
export interface Crew {
  readonly tracer: Tracer
  /** What a call costs, in 10^-9 dollars. */
  readonly costNano: (answer: Answer) => number
  readonly events: Partial<EventLine>[]
  readonly usage: UsageLine[]
  readonly tools: Partial<ToolLine>[]
}

/** Where in the workflow a step is taken. */
export interface Place {
  readonly crew: Crew
  readonly agent: string | null
  readonly context: Context
}

export interface Workflow {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly query: string
}

/** A step takes a while; and the SDK tells its start in whole milliseconds, so that quicker ones would start at once. */
const stepMs = 12

/** Runs a workflow whose result is what `act` gives. */
export async function runWorkflow(
  crew: Crew,
  workflow: Workflow,
  act: (at: Place) => Promise<string>,
): Promise<Account> {
  const { id: workflow_id, name, user: user_id, query } = workflow
  const attributes = {
    'gen_ai.operation.name': 'invoke_workflow',
    'gen_ai.workflow.name': name,
    workflow_id,
    user_id,
    query,
  }
  const outside: Place = { crew, agent: null, context: ROOT_CONTEXT }
  const result = await step(outside, `invoke_workflow ${name}`, attributes, async (context, tell) => {
    happened(outside, 'task.started')
    const text = await act({ ...outside, context })
    tell({ final_answer: text })
    return text
  })
  happened(outside, 'task.completed')
  const task: Partial<TaskLine> = { workflow_id, user_id, query, result, status: 'COMPLETED', ...sumsOf(crew) }
  return { task_executions: [task], event_logs: crew.events, token_usage: crew.usage, tool_executions: crew.tools }
}

/** Runs an agent, which gives what `act` gives. */
export async function invokeAgent(above: Place, agent: string, act: (at: Place) => Promise<string>): Promise<string> {
  const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent }
  const at = { ...above, agent }
  const text = await step(above, `invoke_agent ${agent}`, attributes, (context) => {
    happened(at, 'agent.started')
    return act({ ...at, context })
  })
  happened(at, 'agent.completed')
  return text
}

/** Asks a model, which answers as it was written. */
export async function askModel(at: Place, answer: Answer): Promise<string> {
  const { provider, model, input, cached, output, thinks, says } = answer
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
  }
  await step(at, `chat ${model}`, attributes, async (_, tell) => {
    happened(at, 'agent.thinking')
    tell({
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.cache_read.input_tokens': cached,
      'gen_ai.usage.output_tokens': output,
      'gen_ai.output.messages': JSON.stringify([
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: thinks },
            { type: 'text', content: says },
          ],
        },
      ]),
    })
  })
  at.crew.usage.push({
    agent_id: at.agent,
    provider,
    model,
    prompt_tokens: input,
    cache_read_tokens: cached,
    completion_tokens: output,
    cost_nano_usd: String(at.crew.costNano(answer)),
  })
  return says
}

/** Uses a tool; where it throws, the tool fails, and what it throws is thrown again. */
export async function useTool(at: Place, tool_name: string, input: object, act: () => string): Promise<string> {
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool_name,
    'gen_ai.tool.call.arguments': JSON.stringify(input),
  }
  const line = { agent_id: at.agent, tool_name }
  try {
    const output = await step(at, `execute_tool ${tool_name}`, attributes, async (_, tell) => {
      happened(at, 'tool.called')
      const text = act()
      tell({ 'gen_ai.tool.call.result': text })
      return text
    })
    happened(at, 'tool.completed')
    at.crew.tools.push({ ...line, success: true, output, error: null })
    return output
  } catch (error) {
    happened(at, 'tool.failed')
    at.crew.tools.push({ ...line, success: false, error: messageOf(error) })
    throw error
  }
}

type Act<T> = (context: Context, tell: (attributes: Attributes) => void) => Promise<T>

/** A span around `act`, which fails as `act` does. */
async function step<T>({ crew, context }: Place, name: string, attributes: Attributes, act: Act<T>): Promise<T> {
  await pause(stepMs)
  const kind = attributes['gen_ai.operation.name'] === 'chat' ? SpanKind.CLIENT : SpanKind.INTERNAL
  const span = crew.tracer.startSpan(name, { kind, attributes }, context)
  try {
    return await act(trace.setSpan(context, span), (more) => span.setAttributes(more))
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) })
    throw error
  } finally {
    await pause(stepMs)
    span.end()
  }
}

function happened({ crew, agent }: Place, type: string): void {
  crew.events.push({ type, agent_id: agent })
}

function sumsOf({ usage, tools, events }: Crew): Partial<TaskLine> {
  const sum = (of: (line: UsageLine) => number) => usage.reduce((total, line) => total + of(line), 0)
  return {
    prompt_tokens: sum((line) => line.prompt_tokens),
    completion_tokens: sum((line) => line.completion_tokens),
    cost_nano_usd: String(sum((line) => Number(line.cost_nano_usd))),
    agents_used: new Set(events.filter(({ type }) => type === 'agent.started').map(({ agent_id }) => agent_id)).size,
    tools_invoked: tools.length,
  }
}
