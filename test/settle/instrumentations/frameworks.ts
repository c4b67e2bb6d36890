import { answered, asked, chat, counted, executeTool, type Instrumentation, parts, sumOf } from './sketch.ts'

/** The spans of frameworks: an agent, its model calls and its tools. */
export const frameworks: readonly Instrumentation[] = [
  {
    name: 'Vercel AI SDK',
    hasMessages: true,
    agent: (calls) => ({
      name: 'ai.generateText',
      scope: 'ai',
      kind: 1,
      attributes: { ...vercelOf('ai.generateText'), ...vercelUsage(sumOf(calls)) },
    }),
    call: (call) => [
      {
        name: 'ai.generateText.doGenerate',
        scope: 'ai',
        kind: 1,
        attributes: {
          ...vercelOf('ai.generateText.doGenerate'),
          ...vercelUsage(call),
          ...counted(call),
          'gen_ai.system': 'openai.chat',
          'gen_ai.request.model': asked,
          'gen_ai.response.model': answered,
          'gen_ai.response.id': call.id,
          'ai.response.id': call.id,
          'ai.response.model': answered,
          'ai.prompt.messages': JSON.stringify([{ role: 'user', content: [{ type: 'text', text: 'Weather?' }] }]),
          'ai.response.finishReason': call.asks === null ? 'stop' : 'tool-calls',
          ...(call.asks === null
            ? { 'ai.response.text': 'Sunny.' }
            : {
                'ai.response.toolCalls': JSON.stringify([
                  { toolCallId: call.asks.id, toolName: call.asks.name, input: JSON.stringify(call.asks.args) },
                ]),
              }),
        },
      },
    ],
    tool: ({ id, name, args, result }) => ({
      name: 'ai.toolCall',
      scope: 'ai',
      kind: 1,
      attributes: {
        'ai.operationId': 'ai.toolCall',
        'ai.toolCall.name': name,
        'ai.toolCall.id': id,
        'ai.toolCall.args': JSON.stringify(args),
        'ai.toolCall.result': JSON.stringify(result),
      },
    }),
  },
  {
    name: 'PydanticAI',
    hasMessages: true,
    agent: (calls) => ({
      name: 'invoke_agent trip_agent',
      scope: 'pydantic-ai',
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'trip_agent',
        'gen_ai.aggregated_usage.input_tokens': BigInt(sumOf(calls).prompt),
        'gen_ai.aggregated_usage.output_tokens': BigInt(sumOf(calls).completion),
      },
    }),
    call: (call) => [
      {
        name: `chat ${asked}`,
        scope: 'pydantic-ai',
        kind: 3,
        attributes: {
          ...chat(call),
          ...parts(call),
          'gen_ai.agent.name': 'trip_agent',
          'gen_ai.response.id': call.id,
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
          'gen_ai.usage.details.cache_read_tokens': BigInt(call.cached),
          'gen_ai.usage.details.reasoning_tokens': BigInt(call.reasoning),
          'operation.cost': 0.00005,
        },
      },
    ],
    tool: (tool) => ({
      name: `execute_tool ${tool.name}`,
      scope: 'pydantic-ai',
      kind: 1,
      attributes: { ...executeTool(tool), 'gen_ai.agent.name': 'trip_agent' },
    }),
  },
  {
    name: 'Strands',
    hasMessages: true,
    agent: (calls) => ({
      name: 'invoke_agent trip_agent',
      scope: strands,
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'trip_agent',
        // all runs of the agent so far
        ...counted({ prompt: 3 * sumOf(calls).prompt, completion: 3 * sumOf(calls).completion }),
      },
    }),
    call: (call) => [
      {
        name: 'chat',
        scope: strands,
        kind: 1,
        attributes: {
          'gen_ai.event.start_time': '2026-11-23T23:40:11.518137+00:00',
          'gen_ai.operation.name': 'chat',
          'gen_ai.system': 'strands-agents',
          'gen_ai.request.model': asked,
          ...counted(call),
          'gen_ai.usage.prompt_tokens': BigInt(call.prompt),
          'gen_ai.usage.completion_tokens': BigInt(call.completion),
          'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
          'gen_ai.usage.cache_read_input_tokens': BigInt(call.cached),
        },
        events: [
          ['gen_ai.user.message', { content: JSON.stringify([{ text: 'Weather?' }]) }],
          ...(call.asks === null
            ? []
            : [
                [
                  'gen_ai.choice',
                  {
                    finish_reason: 'tool_use',
                    message: JSON.stringify([
                      { toolUse: { toolUseId: call.asks.id, name: call.asks.name, input: call.asks.args } },
                    ]),
                  },
                ] as const,
              ]),
        ],
      },
    ],
    tool: ({ id, name, args, result }) => ({
      name: `execute_tool ${name}`,
      scope: strands,
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.system': 'strands-agents',
        'gen_ai.tool.name': name,
        'gen_ai.tool.call.id': id,
        'gen_ai.tool.status': 'success',
      },
      events: [
        ['gen_ai.tool.message', { role: 'tool', content: JSON.stringify(args), id }],
        ['gen_ai.choice', { message: JSON.stringify([{ text: result }]), id }],
      ],
    }),
  },
  {
    name: 'Google ADK with LiteLLM',
    hasMessages: true,
    agent: () => ({
      name: 'invoke_agent trip_agent',
      scope: 'gcp.vertex.agent',
      kind: 1,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'trip_agent' },
    }),
    call: (call) => [
      {
        name: `generate_content openai/${asked}`,
        scope: 'gcp.vertex.agent',
        kind: 1,
        attributes: {
          'gen_ai.operation.name': 'generate_content',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': `openai/${asked}`,
          // the wrapper adds the reasoning that the output includes
          ...counted({ prompt: call.prompt, completion: call.completion + call.reasoning }),
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
          'gen_ai.usage.reasoning.output_tokens': BigInt(call.reasoning),
          ...parts(call),
        },
      },
    ],
    tool: (tool) => ({
      name: `execute_tool ${tool.name}`,
      scope: 'gcp.vertex.agent',
      kind: 1,
      attributes: {
        ...executeTool(tool),
        'gen_ai.agent.name': 'trip_agent',
        'gen_ai.tool.call.result': JSON.stringify({ result: tool.result }),
      },
    }),
  },
  {
    name: 'Spring AI',
    hasMessages: false,
    call: (call) => [
      {
        name: `chat ${asked}`,
        scope: 'org.springframework.boot',
        kind: 1,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.system': 'openai',
          'gen_ai.request.model': asked,
          'gen_ai.response.model': answered,
          'gen_ai.response.id': call.id,
          'gen_ai.usage.input_tokens': String(call.prompt),
          'gen_ai.usage.output_tokens': String(call.completion),
          'gen_ai.usage.total_tokens': String(call.prompt + call.completion),
          'gen_ai.usage.cache_read.input_tokens': String(call.cached),
          'spring.ai.model.request.tool.names': '["get_weather"]',
        },
      },
    ],
    tool: ({ id, name, args, result }) => ({
      name: `execute_tool ${name}`,
      scope: 'org.springframework.boot',
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.system': 'spring_ai',
        'spring.ai.kind': 'tool_call',
        'spring.ai.tool.definition.name': name,
        'spring.ai.tool.call.id': id,
        'spring.ai.tool.call.arguments': JSON.stringify(args),
        'spring.ai.tool.call.result': result,
      },
    }),
  },
  {
    name: 'Microsoft Agent Framework',
    hasMessages: true,
    agent: (calls) => ({
      name: 'invoke_agent trip_agent',
      scope: 'agent_framework',
      kind: 1,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'trip_agent',
        ...counted(sumOf(calls)),
      },
    }),
    call: (call) => [
      {
        name: `chat ${asked}`,
        scope: 'agent_framework',
        kind: 1,
        attributes: {
          ...chat(call),
          ...parts(call),
          'gen_ai.response.id': call.id,
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
          'gen_ai.usage.reasoning.output_tokens': BigInt(call.reasoning),
        },
      },
    ],
    tool: (tool) => ({
      name: `execute_tool ${tool.name}`,
      scope: 'agent_framework',
      kind: 1,
      attributes: executeTool(tool),
    }),
  },
]

const strands = 'strands.telemetry.tracer'

function vercelOf(operation: string) {
  return {
    'ai.operationId': operation,
    'operation.name': `${operation} trip-agent`,
    'ai.telemetry.functionId': 'trip-agent',
    'ai.model.provider': 'openai.chat',
    'ai.model.id': asked,
  }
}

function vercelUsage({ prompt, completion, cached, reasoning }: ReturnType<typeof sumOf>) {
  return {
    'ai.usage.inputTokens': BigInt(prompt),
    'ai.usage.inputTokenDetails.noCacheTokens': BigInt(prompt - cached),
    'ai.usage.inputTokenDetails.cacheReadTokens': BigInt(cached),
    'ai.usage.outputTokens': BigInt(completion),
    'ai.usage.outputTokenDetails.reasoningTokens': BigInt(reasoning),
    'ai.usage.totalTokens': BigInt(prompt + completion),
  }
}
