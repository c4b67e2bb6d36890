import { useMemo, useState } from 'preact/hooks'
import { Copy } from './copy.tsx'
import { JsonTree, structureOf } from './json-tree.tsx'

/** From this length on a text is cut until a person asks for all of it. */
const longText = 4000

/** A text of a sender: as it is, or as a tree where it is JSON. It never becomes HTML. */
export function PrettyText({ name, text }: { readonly name?: string; readonly text: string }) {
  const structure = useMemo(() => structureOf(text), [text])
  const [asTree, setAsTree] = useState(true)
  const [whole, setWhole] = useState(false)
  const shown = whole || text.length <= longText ? text : text.slice(0, longText)
  return (
    <div class="pretty">
      <div class="row pretty-head">
        {name && <span class="muted">{name}</span>}
        <span class="space" />
        {structure !== null && (
          <button type="button" class="button quiet small" onClick={() => setAsTree(!asTree)}>
            {asTree ? 'Text' : 'Tree'}
          </button>
        )}
        <Copy text={text} what={name?.toLowerCase() ?? 'the text'} />
      </div>
      {structure !== null && asTree ? <JsonTree value={structure} /> : <pre class="text">{shown}</pre>}
      {shown.length < text.length && !(structure !== null && asTree) && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en-US')} characters
        </button>
      )}
    </div>
  )
}
