import { type OtlpRequest, recordingNames } from './recordings.ts'
import { piecesOf, rearrange } from './replay.ts'

/** The recordings of which the dumps of releases have the first part. */
export const releasedRecordings: readonly string[] = [...recordingNames('hand-v1-', 'hand-v2-'), 'temporal-go-deploy']

function arranged(): readonly OtlpRequest[] {
  return rearrange(piecesOf(releasedRecordings), { seed: 11, duplicate: 0.2, variants: 0.2, batch: 3 })
}

/** The requests that the receiver of a release has stored. */
export function firstRequests(): readonly OtlpRequest[] {
  const all = arranged()
  return all.slice(0, Math.ceil(all.length / 2))
}

/** The requests that are left for this version, with some that were stored before. */
export function laterRequests(): readonly OtlpRequest[] {
  const all = arranged()
  return all.slice(Math.floor(all.length * 0.4))
}
