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
import type { EventLine, RunRows, TaskLine, ToolLine, UsageLine } from '../../transaction/read/read-run.ts'

/** The rows that the ledger must have of a workflow, as far as the workflow itself can know them. */
export type ExpectedRows = { readonly [Table in keyof RunRows]: readonly Partial<RunRows[Table][number]>[] }

/** A model's answer, written beforehand. */
export interface ScriptedAnswer {
  readonly provider: string
  readonly model: string
  readonly input: number
  /** How many of the input tokens were read from a cache. */
  readonly cached: number
  readonly output: number
  readonly thinks: string
  readonly says: string
}

/** Records each step of a workflow twice: as an OpenTelemetry span, and as the rows that the span must become. */
export interface Recorder {
  readonly tracer: Tracer
  /** What a call costs, in 10^-9 dollars. */
  readonly costNano: (answer: ScriptedAnswer) => number
  readonly events: Partial<EventLine>[]
  readonly usage: UsageLine[]
  readonly tools: Partial<ToolLine>[]
}

/** The place of a step in its workflow: the agent that takes it, and the span above it. */
export interface StepContext {
  readonly recorder: Recorder
  readonly agent: string | null
  readonly context: Context
}

export interface WorkflowInput {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly query: string
}

/** The SDK states starts in whole milliseconds: steps that take no time would start together, without an order. */
const stepMs = 12

/** Runs a workflow. `act` returns its result. */
export async function runWorkflow(
  recorder: Recorder,
  workflow: WorkflowInput,
  act: (at: StepContext) => Promise<string>,
): Promise<ExpectedRows> {
  const { id: workflow_id, name, user: user_id, query } = workflow
  const attributes = {
    'gen_ai.operation.name': 'invoke_workflow',
    'gen_ai.workflow.name': name,
    workflow_id,
    user_id,
    query,
  }
  const outside: StepContext = { recorder, agent: null, context: ROOT_CONTEXT }
  const result = await step(outside, `invoke_workflow ${name}`, attributes, async (context, setAttributes) => {
    expectEvent(outside, 'task.started')
    const text = await act({ ...outside, context })
    setAttributes({ final_answer: text })
    return text
  })
  expectEvent(outside, 'task.completed')
  const task: Partial<TaskLine> = { workflow_id, user_id, query, result, status: 'COMPLETED', ...sumsOf(recorder) }
  return {
    task_executions: [task],
    event_logs: recorder.events,
    token_usage: recorder.usage,
    tool_executions: recorder.tools,
  }
}

/** Runs an agent. `act` returns the agent's answer. */
export async function invokeAgent(
  above: StepContext,
  agent: string,
  act: (at: StepContext) => Promise<string>,
): Promise<string> {
  const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent }
  const at = { ...above, agent }
  const text = await step(above, `invoke_agent ${agent}`, attributes, (context) => {
    expectEvent(at, 'agent.started')
    return act({ ...at, context })
  })
  expectEvent(at, 'agent.completed')
  return text
}

/** Asks a model, whose answer is scripted. */
export async function askModel(at: StepContext, answer: ScriptedAnswer): Promise<string> {
  const { provider, model, input, cached, output, thinks, says } = answer
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
  }
  await step(at, `chat ${model}`, attributes, async (_, setAttributes) => {
    expectEvent(at, 'agent.thinking')
    setAttributes({
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
  at.recorder.usage.push({
    agent_id: at.agent,
    provider,
    model,
    prompt_tokens: input,
    cache_read_tokens: cached,
    completion_tokens: output,
    cost_nano_usd: String(at.recorder.costNano(answer)),
  })
  return says
}

/** Runs a tool. What `act` throws is the tool's error, and is thrown again. */
export async function useTool(at: StepContext, tool_name: string, input: object, act: () => string): Promise<string> {
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool_name,
    'gen_ai.tool.call.arguments': JSON.stringify(input),
  }
  const line = { agent_id: at.agent, tool_name }
  try {
    const output = await step(at, `execute_tool ${tool_name}`, attributes, async (_, setAttributes) => {
      expectEvent(at, 'tool.called')
      const text = act()
      setAttributes({ 'gen_ai.tool.call.result': text })
      return text
    })
    expectEvent(at, 'tool.completed')
    at.recorder.tools.push({ ...line, success: true, output, error: null })
    return output
  } catch (error) {
    expectEvent(at, 'tool.failed')
    at.recorder.tools.push({ ...line, success: false, error: messageOf(error) })
    throw error
  }
}

type StepBody<T> = (context: Context, setAttributes: (attributes: Attributes) => void) => Promise<T>

/** Runs `act` within a span, which has the error that `act` throws. */
async function step<T>(
  { recorder, context }: StepContext,
  name: string,
  attributes: Attributes,
  act: StepBody<T>,
): Promise<T> {
  await pause(stepMs)
  const kind = attributes['gen_ai.operation.name'] === 'chat' ? SpanKind.CLIENT : SpanKind.INTERNAL
  const span = recorder.tracer.startSpan(name, { kind, attributes }, context)
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

function expectEvent({ recorder, agent }: StepContext, type: string): void {
  recorder.events.push({ type, agent_id: agent })
}

function sumsOf({ usage, tools, events }: Recorder): Partial<TaskLine> {
  const sum = (of: (line: UsageLine) => number) => usage.reduce((total, line) => total + of(line), 0)
  return {
    prompt_tokens: sum((line) => line.prompt_tokens),
    completion_tokens: sum((line) => line.completion_tokens),
    cost_nano_usd: String(sum((line) => Number(line.cost_nano_usd))),
    agents_used: new Set(events.filter(({ type }) => type === 'agent.started').map(({ agent_id }) => agent_id)).size,
    tools_invoked: tools.length,
  }
}
