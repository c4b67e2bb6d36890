import type { Fields } from './dialect.ts'
import type { Source } from './source.ts'

type Ids = Required<Pick<Fields, 'workflowId' | 'user' | 'session' | 'conversation' | 'tenant'>>

/** The names that applications give the ids of a run where a dialect lets them add metadata (docs/dialects.md §0.5). */
const spellings = {
  workflowId: ['workflow_id', 'workflowId'],
  user: ['user_id', 'userId'],
  session: ['session_id', 'sessionId'],
  // a conversation or thread is the session only where no attribute names a session
  conversation: ['conversation_id', 'conversationId', 'thread_id', 'threadId'],
  tenant: ['tenant_id', 'tenantId'],
} as const

/** Returns the sources of the ids in attributes with a prefix: `ai.telemetry.metadata.` */
export function idsWithPrefix(prefix: string): Ids {
  return idsAt((name) => prefix + name)
}

/** Returns the sources of the ids inside one attribute that holds JSON text or a structure. */
export function idsInJson(key: string): Ids {
  return idsAt((name) => ({ key, path: [name] }))
}

function idsAt(at: (name: string) => Source): Ids {
  const sources = (field: keyof Ids): readonly Source[] => spellings[field].map(at)
  return {
    workflowId: sources('workflowId'),
    user: sources('user'),
    session: sources('session'),
    conversation: sources('conversation'),
    tenant: sources('tenant'),
  }
}
