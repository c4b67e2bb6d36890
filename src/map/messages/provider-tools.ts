import { child, firstChild, isList, isRecord, type Tree } from '../values/tree.ts'

/** A tool call, a result or both, in the forms that tool-calls.ts reads. */
export interface ToolParts {
  readonly ask: Tree | null
  readonly answer: Tree | null
}

export const noTool: ToolParts = { ask: null, answer: null }

/** Items of the responses API that are a whole run of a tool of the provider, and the names of these tools. */
const runNames: ReadonlyMap<string, string> = new Map([
  ['web_search_call', 'web_search'],
  ['file_search_call', 'file_search'],
  ['code_interpreter_call', 'code_interpreter'],
  ['image_generation_call', 'image_generation'],
  // an item of an MCP server's tool has the name of that tool
  ['mcp_call', 'mcp'],
])

/** Items of the responses API for the tools of the provider that the app runs, whose calls have no name. */
const appItem = /^(computer|local_shell|shell|apply_patch)_call(_output)?$/
/** Anthropic's results of tools that it runs itself: `web_search_tool_result`, `code_execution_tool_result`. */
const serverResult = /._tool_result$/

const codeKeys = ['executableCode', 'executable_code']
const codeResultKeys = ['codeExecutionResult', 'code_execution_result']
/** The types that parts with these keys have in LangChain. */
const codeTypes: ReadonlySet<string> = new Set([...codeKeys, ...codeResultKeys])
/** The types of most parts, which are no tool's. */
const textTypes: ReadonlySet<string> = new Set([
  'text',
  'input_text',
  'output_text',
  'message',
  'reasoning',
  'thinking',
])

/**
 * Returns the call and the result in a part that a provider writes for its own tools; undefined for other parts. The
 * provider runs most of them itself, so that one answer has both; a run that was cut off has no result.
 */
export function providerToolIn(part: Tree): ToolParts | undefined {
  const type = child(part, 'type')
  if (typeof type === 'string') {
    if (textTypes.has(type)) return undefined
    const name = runNames.get(type)
    if (name !== undefined) return wholeRun(part, name)
    const [, appName, output] = appItem.exec(type) ?? []
    if (appName !== undefined) return output === undefined ? asked(part, appName) : answered(part)
    if (serverResult.test(type)) return serverAnswer(part)
    if (!codeTypes.has(type)) return undefined
  }
  return geminiCode(part)
}

function wholeRun(part: Tree, toolName: string): ToolParts {
  const [id, status, error] = [child(part, 'id') ?? null, child(part, 'status'), child(part, 'error') ?? null]
  const stated = child(part, 'name')
  const name = typeof stated === 'string' ? stated : toolName
  const output = firstChild(part, ['output', 'results', 'outputs', 'result']) ?? null
  const failed = status === 'failed' || error !== null
  const isOver = failed || status === 'completed' || (status === undefined && output !== null)
  const response = output ?? child(error, 'message') ?? error
  return { ...asked(part, name), answer: isOver ? { id, name, response, is_error: failed } : null }
}

function asked(part: Tree, name: string): ToolParts {
  return { ask: { ...idsOf(part), name, arguments: argumentsOf(part) }, answer: null }
}

function answered(part: Tree): ToolParts {
  const failed = child(part, 'status') === 'failed'
  return { ask: null, answer: { ...idsOf(part), response: child(part, 'output') ?? null, is_error: failed } }
}

function idsOf(part: Tree): { readonly call_id: Tree; readonly id: Tree } {
  return { call_id: child(part, 'call_id') ?? null, id: child(part, 'id') ?? null }
}

function argumentsOf(part: Tree): Tree {
  const whole = firstChild(part, ['arguments', 'action', 'operation'])
  if (whole !== undefined) return whole
  for (const key of ['queries', 'code']) {
    const value = child(part, key) ?? null
    if (value !== null) return { [key]: value }
  }
  return {}
}

function serverAnswer(part: Tree): ToolParts {
  const content = child(part, 'content') ?? null
  const type = child(content, 'type')
  const failed = child(part, 'is_error') === true || (typeof type === 'string' && type.endsWith('_error'))
  const id = child(part, 'tool_use_id') ?? null
  return { ask: null, answer: { id, response: content, is_error: failed } }
}

/** Reads the code that Gemini wrote and ran, and what it printed: two parts of one answer, mostly without ids. */
function geminiCode(part: Tree): ToolParts | undefined {
  const name = 'code_execution'
  const code = firstChild(part, codeKeys)
  if (code !== undefined) {
    const id = child(code, 'id') ?? child(part, 'id') ?? null
    return { ask: { id, name, arguments: { code: child(code, 'code') ?? code } }, answer: null }
  }
  const result = firstChild(part, codeResultKeys)
  if (result === undefined) return undefined
  const outcome = child(result, 'outcome') ?? child(part, 'outcome')
  const failed = typeof outcome === 'string' ? /FAILED|DEADLINE/i.test(outcome) : Number(outcome) > 1
  const response = isRecord(result) ? (child(result, 'output') ?? null) : result
  return {
    ask: null,
    answer: { id: child(result, 'id') ?? child(part, 'id') ?? null, name, response, is_error: failed },
  }
}

/**
 * Returns a message with the web searches on which Gemini grounded an answer, as one run of Google's search; undefined for
 * none. Its id is that of the response, so that all reports of the call have the same run; without one there is no run.
 */
export function groundingMessage(answer: Tree | undefined, responseId: Tree | undefined): Tree | undefined {
  const metadata = firstChild(answer, ['groundingMetadata', 'grounding_metadata'])
  const queries = firstChild(metadata, ['webSearchQueries', 'web_search_queries'])
  if (!isList(queries) || queries.length === 0 || typeof responseId !== 'string' || responseId === '') return undefined
  const id = `${responseId}:google_search`
  const response = firstChild(metadata, ['groundingChunks', 'grounding_chunks']) ?? null
  return {
    role: 'assistant',
    parts: [
      { type: 'server_tool_call', id, name: 'google_search', arguments: { queries } },
      { type: 'server_tool_call_response', id, response },
    ],
  }
}
