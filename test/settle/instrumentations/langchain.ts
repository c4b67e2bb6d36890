import {
  answerMessage,
  asked,
  chat,
  counted,
  type Instrumentation,
  parts,
  requestMessages,
  type ToolUse,
} from './sketch.ts'

/** The spans of instrumentations that listen to the callbacks of LangChain. */
export const langchain: readonly Instrumentation[] = [
  {
    name: 'LangSmith',
    hasMessages: true,
    call: (call) => [
      {
        name: 'ChatOpenAI',
        scope: 'langsmith',
        kind: 1,
        attributes: {
          'langsmith.span.kind': 'llm',
          'gen_ai.operation.name': 'chat',
          'gen_ai.system': 'openai',
          'gen_ai.request.model': asked,
          ...counted(call),
          'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
          'langsmith.metadata.usage_metadata': JSON.stringify({
            input_tokens: call.prompt,
            output_tokens: call.completion,
            total_tokens: call.prompt + call.completion,
            input_token_details: { cache_read: call.cached },
            output_token_details: { reasoning: call.reasoning },
          }),
          'gen_ai.prompt': JSON.stringify({ messages: requestMessages(call) }),
          'gen_ai.completion': JSON.stringify(answerMessage(call)),
        },
      },
    ],
    tool: ({ id, name, args, result }) => ({
      name,
      scope: 'langsmith',
      kind: 1,
      attributes: {
        'langsmith.span.kind': 'tool',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': name,
        'gen_ai.tool.call.id': id,
        'gen_ai.prompt': JSON.stringify(args),
        'gen_ai.completion': JSON.stringify({ output: { content: result, type: 'tool', name, tool_call_id: id } }),
      },
    }),
  },
  {
    name: 'OpenLLMetry, LangChain',
    hasMessages: true,
    call: (call) => [
      {
        name: 'ChatOpenAI.chat',
        scope: traceloop,
        kind: 3,
        attributes: {
          ...chat(call),
          ...parts(call),
          'traceloop.workflow.name': 'trip_agent',
          'gen_ai.response.id': call.id,
          'gen_ai.usage.total_tokens': BigInt(call.prompt + call.completion),
          'gen_ai.usage.cache_read.input_tokens': BigInt(call.cached),
        },
      },
    ],
    tool: (tool) => {
      const input = JSON.stringify({ input_str: JSON.stringify(tool.args).replaceAll('"', "'"), inputs: tool.args })
      return {
        name: `execute_tool ${tool.name}`,
        scope: traceloop,
        kind: 1,
        attributes: {
          'traceloop.span.kind': 'tool',
          'traceloop.entity.name': tool.name,
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.provider.name': 'langgraph',
          'gen_ai.tool.name': tool.name,
          'traceloop.entity.input': input,
          'gen_ai.tool.call.arguments': input,
          'traceloop.entity.output': toolMessageOfLangChain(tool),
          'gen_ai.tool.call.result': toolMessageOfLangChain(tool),
        },
      }
    },
  },
  {
    name: 'OpenInference, LangChain',
    hasMessages: true,
    call: (call) => [
      {
        name: 'ChatOpenAI',
        scope: '@arizeai/openinference-instrumentation-langchain',
        kind: 1,
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': asked,
          'llm.token_count.prompt': BigInt(call.prompt),
          'llm.token_count.completion': BigInt(call.completion),
          'llm.token_count.total': BigInt(call.prompt + call.completion),
          'llm.output_messages.0.message.role': 'assistant',
          ...(call.asks !== null && {
            'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': call.asks.name,
            'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': JSON.stringify(call.asks.args),
          }),
        },
      },
    ],
    tool: (tool) => ({
      name: tool.name,
      scope: '@arizeai/openinference-instrumentation-langchain',
      kind: 1,
      attributes: {
        'openinference.span.kind': 'TOOL',
        'tool.name': tool.name,
        'input.value': Object.values(tool.args)[0]!,
        'output.value': toolMessageOfLangChain(tool),
      },
    }),
  },
]

const traceloop = 'opentelemetry.instrumentation.langchain'

/** A tool run that LangChain's callbacks see. */
function toolMessageOfLangChain({ id, name, result }: ToolUse): string {
  const kwargs = { status: 'success', content: result, tool_call_id: id, name }
  return JSON.stringify({
    output: { lc: 1, type: 'constructor', id: ['langchain_core', 'messages', 'ToolMessage'], kwargs },
  })
}
