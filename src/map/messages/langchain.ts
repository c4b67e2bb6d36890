import { child, isList, isRecord, type Tree } from '../facts/json.ts'

const speakers: Readonly<Record<string, string>> = {
  HumanMessage: 'user',
  AIMessage: 'assistant',
  SystemMessage: 'system',
  ToolMessage: 'tool',
  FunctionMessage: 'tool',
}

/**
 * A message as LangChain writes it: its class beside what the class was made of (`{lc, id: [..., 'AIMessage'], kwargs}`),
 * or its type beside its data (`{type: 'ai', data}`). Anything else is given back as it is.
 */
export function unwrapLangChain(message: Tree): Tree {
  const made = child(message, 'kwargs')
  if (isRecord(made)) {
    const path = child(message, 'id')
    const className = isList(path) ? path.at(-1) : undefined
    if (typeof className === 'string') return withRole(made, speakers[className.replace('Chunk', '')] ?? className)
  }
  const data = child(message, 'data')
  if (!isRecord(data)) return message
  const type = child(message, 'type')
  return typeof type === 'string' ? withRole(data, type) : message
}

function withRole(fields: Tree, role: string): Tree {
  const calls = child(fields, 'tool_calls')
  return {
    role,
    content: child(fields, 'content') ?? null,
    tool_calls:
      isList(calls) && calls.length > 0 ? calls : (child(child(fields, 'additional_kwargs'), 'tool_calls') ?? null),
    tool_call_id: child(fields, 'tool_call_id') ?? null,
    name: child(fields, 'name') ?? null,
    status: child(fields, 'status') ?? null,
  }
}
