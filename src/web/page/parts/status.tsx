import type { RunStatus } from '../../../queries/rows/run-rows.ts'

const words: Readonly<Record<RunStatus, string>> = {
  RUNNING: 'Running',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

export function StatusTag({ status }: { readonly status: string }) {
  return <span class={`status ${status.toLowerCase()}`}>{words[status as RunStatus] ?? status}</span>
}
