import type { Message, MessagePart } from '../../../../answers/span.ts'
import { PrettyText } from '../../../parts/pretty-text.tsx'

/** What was asked and answered: a call of a tool stands with its result. */
export function Messages({ messages }: { readonly messages: readonly Message[] }) {
  const results = new Map(
    messages
      .flatMap(({ parts }) => parts)
      .flatMap((part) => (part.type === 'tool_result' && part.id !== '' ? [[part.id, part.result] as const] : [])),
  )
  const called = new Set(
    messages.flatMap(({ parts }) => parts).flatMap((part) => (part.type === 'tool_call' ? [part.id] : [])),
  )
  return (
    <section class="panel-part messages">
      <h3>Messages</h3>
      {messages.map(({ role, from, parts }, index) => {
        const shown = parts.filter((part) => part.type !== 'tool_result' || !called.has(part.id))
        if (shown.length === 0) return null
        return (
          <article key={index} class={`message ${role} ${from}`}>
            <header>
              <span class="role">{role}</span>
              {from === 'output' && <span class="tag">answer</span>}
            </header>
            {shown.map((part, place) => (
              <Part key={place} part={part} results={results} />
            ))}
          </article>
        )
      })}
    </section>
  )
}

function Part({ part, results }: { readonly part: MessagePart; readonly results: ReadonlyMap<string, string> }) {
  switch (part.type) {
    case 'text':
    case 'other':
      return <PrettyText text={part.text} />
    case 'reasoning':
      return (
        <details class="reasoning">
          <summary>Reasoning, {part.text.length.toLocaleString('en-US')} characters</summary>
          <PrettyText text={part.text} />
        </details>
      )
    case 'tool_call':
      return (
        <div class="tool-call">
          <p>
            Calls <strong>{part.name}</strong>
          </p>
          <PrettyText name="Arguments" text={part.arguments} />
          {results.has(part.id) && <PrettyText name="Result" text={results.get(part.id)!} />}
        </div>
      )
    case 'tool_result':
      return <PrettyText name="Result" text={part.result} />
  }
}
