import type { Fields } from './dialect.ts'
import type { Source } from './reading.ts'

type Ids = Required<Pick<Fields, 'workflowId' | 'user' | 'session' | 'conversation' | 'tenant'>>

/** The ids of a run as people spell them where a dialect lets them add what they like (reference: dialects §0.5). */
const spellings = {
  workflowId: ['workflow_id', 'workflowId'],
  user: ['user_id', 'userId'],
  session: ['session_id', 'sessionId'],
  // a conversation or thread is the session only where nothing is called so
  conversation: ['conversation_id', 'conversationId', 'thread_id', 'threadId'],
  tenant: ['tenant_id', 'tenantId'],
} as const

/** The ids below a prefix of attributes: `ai.telemetry.metadata.` */
export function idsBelow(prefix: string): Ids {
  return idsAt((name) => prefix + name)
}

/** The ids inside an attribute that holds JSON. */
export function idsInside(key: string): Ids {
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
