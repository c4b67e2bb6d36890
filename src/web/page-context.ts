import type { Authenticate } from '../accept/credentials/identity.ts'
import type { Config } from '../config/settings.ts'
import type { Collect } from '../metrics/of-processes.ts'
import type { CloseRequest, CloseResult } from '../operations/close-run.ts'
import type { ChangeChannel } from '../store/change-channel.ts'
import type { Database } from '../store/database.ts'
import type { StoredRefusedSpan } from '../transaction/refused-spans.ts'
import type { ThreadedExplainer } from './explainer/explain-run.ts'

/** What the page knows of the receiver that serves it. */
export interface PageContext {
  readonly config: Config
  readonly version: string
  readonly authenticate: Authenticate
  /** Where telemetry is sent. */
  readonly endpoints: () => { readonly http: string; readonly grpc: string }
  /** The database of a tenant, to read from. */
  readonly readerOf: (tenant: string) => Database
  /** The database of a tenant, to write to. */
  readonly databaseOf: (tenant: string) => Database
  readonly collect: Collect
  readonly explainer: ThreadedExplainer
  /** Announces that rows have changed. */
  readonly changes: Pick<ChangeChannel, 'follow'>
  /** By tenant: the months that are ahead in its tables, and when that was looked at. */
  readonly partitions: Map<string, { readonly atMs: number; readonly ahead: number | null }>
  /** Closes a run whose own end never came. */
  readonly close: (tenant: string, request: CloseRequest) => Promise<CloseResult>
  /** Sends a refused span again. Returns why it is refused again; null where it is taken. */
  readonly retry: (tenant: string, refused: StoredRefusedSpan) => Promise<string | null>
  /** Whether rows can be read: not before the tables are up to date. */
  readonly isPrepared: () => boolean
  /** Called with an error that no room throws on purpose. */
  readonly onUnexpected: (error: unknown) => void
  readonly startedAt: Date
}
