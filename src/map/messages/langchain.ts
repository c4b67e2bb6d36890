import { child, isList, isRecord, type Tree } from '../values/tree.ts'

/** The role by the name of a message class. */
const roles: Readonly<Record<string, string>> = {
  HumanMessage: 'user',
  AIMessage: 'assistant',
  SystemMessage: 'system',
  ToolMessage: 'tool',
  FunctionMessage: 'tool',
}

/**
 * Turns a message that LangChain serialised into one of the OpenAI form. LangChain writes the class and its constructor's
 * arguments (`{lc, id: [..., 'AIMessage'], kwargs}`), or the type and the data (`{type: 'ai', data}`). Any other message is
 * returned as it is.
 */
export function unwrapLangChain(message: Tree): Tree {
  const kwargs = child(message, 'kwargs')
  if (isRecord(kwargs)) {
    const path = child(message, 'id')
    const className = isList(path) ? path.at(-1) : undefined
    if (typeof className === 'string') return withRole(kwargs, roles[className.replace('Chunk', '')] ?? className)
  }
  const data = child(message, 'data')
  if (!isRecord(data)) return message
  const type = child(message, 'type')
  return typeof type === 'string' ? withRole(data, type) : message
}

/** Whether an id is that of a run, which LangChain writes where a provider states no response id. */
export function isRunId(id: string): boolean {
  return /^(lc_)?run-/.test(id)
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
