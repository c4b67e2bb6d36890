import { newSpanId, newTraceId, type SpanSketch } from '../support/otlp.ts'

interface ModelCall {
  readonly traceId: string
  readonly parent: string
  readonly startMs: number
  readonly asked?: string
  readonly answered?: string
}

/** A model call by the GenAI conventions, of 1,000 tokens in, 400 of them cached, and 200 out. */
export function modelCall({ traceId, parent, startMs, asked = 'q', answered = 'a' }: ModelCall): SpanSketch {
  const message = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }])
  return {
    traceId,
    spanId: newSpanId(),
    parentSpanId: parent,
    name: 'chat gpt-4o-mini',
    startMs,
    endMs: startMs + 300,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.cache_read.input_tokens': 400,
      'gen_ai.usage.output_tokens': 200,
      'gen_ai.input.messages': message('user', asked),
      'gen_ai.output.messages': message('assistant', answered),
    },
  }
}

export function toolRun({ traceId, parent, startMs }: ModelCall, error?: string): SpanSketch {
  return {
    traceId,
    spanId: newSpanId(),
    parentSpanId: parent,
    name: 'execute_tool get_weather',
    startMs,
    endMs: startMs + 100,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_weather',
      'gen_ai.tool.call.arguments': '{"city":"Lisbon"}',
      'gen_ai.tool.call.result': '{"celsius":24}',
    },
    ...(error !== undefined && { error }),
  }
}

interface AgentRun {
  readonly workflow: string
  readonly startMs: number
  readonly calls: number
  readonly asked?: string
  readonly user?: string
}

/** An agent with so many model calls, and a tool run behind each but the last; its root comes first. */
export function agentRun({ workflow, startMs, calls, asked, user = 'ann' }: AgentRun): SpanSketch[] {
  const traceId = newTraceId()
  const root: SpanSketch = {
    traceId,
    spanId: newSpanId(),
    name: 'invoke_agent planner',
    startMs,
    endMs: startMs + calls * 500,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'planner',
      workflow_id: workflow,
      user_id: user,
      session_id: 'one-session',
    },
  }
  const below = Array.from({ length: calls }, (_, index) => {
    const at = { traceId, parent: root.spanId, startMs: startMs + index * 500 }
    const call = modelCall({ ...at, ...(asked !== undefined && { asked }) })
    return index === calls - 1 ? [call] : [call, toolRun({ ...at, startMs: at.startMs + 350 })]
  })
  return [root, ...below.flat()]
}
