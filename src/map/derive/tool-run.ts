import { columnSize } from '../../columns.ts'
import { fitText } from '../facts/column-limits.ts'
import type { ToolRun } from '../facts/facts.ts'
import { outputText } from '../messages/tool-calls.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { argumentsText } from '../values/json.ts'
import type { Tree } from '../values/tree.ts'
import { storableTool } from './limit-content.ts'
import type { RecognisedItem } from './recognised-item.ts'
import { idIn } from './statements.ts'

/** The names of LangChain's tool classes, which some clients write in place of a tool's name. */
const toolClasses: ReadonlySet<string> = new Set(['DynamicStructuredTool', 'DynamicTool', 'StructuredTool'])

function asIs(value: Tree): Tree {
  return value
}

/** Returns the tool run of an item whose kind is `tool`. */
export function toolRunOf({ item, dialect: { fields }, ended, limits }: RecognisedItem): ToolRun {
  const input = firstValue(item, fields.toolInput, asIs)
  const output = firstValue(item, fields.toolOutput, asIs)
  const name = firstValue(item, fields.tool, asName) ?? (item.name || 'tool')
  const tool: ToolRun = {
    name: toolClasses.has(name) ? null : fitText(name, columnSize.name),
    callId: idIn(item, fields.callId),
    input: input === null ? null : argumentsText(input, limits.text),
    output: output === null ? null : outputText(output, limits.text),
    success: ended.outcome === 'ok',
    error: ended.error,
    ...(item.attributes.has('mcp.method.name') && { isMcp: true }),
  }
  return storableTool(tool, limits)
}
