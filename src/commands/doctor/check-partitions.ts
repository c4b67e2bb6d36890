import type { PartitionState } from '../../store/partitions/partition-state.ts'
import type { Finding } from './finding.ts'

const fewestMonthsAhead = 2

/** Checks that the coming months have partitions, and that no row lies before the first month or after the last. */
export function checkPartitions(states: readonly PartitionState[]): Finding {
  const partitioned = states.filter(({ isPartitioned }) => isPartitioned)
  const plain = states.filter(({ isPartitioned }) => !isPartitioned).map(({ table }) => table)
  const rest = plain.length === 0 ? '' : `; not partitioned: ${plain.join(', ')} (\`spanledger partition\`)`
  if (partitioned.length === 0)
    return { check: 'months', found: `no table is partitioned by month (\`spanledger partition\`)` }
  const months = Math.min(...partitioned.map(({ monthsAhead }) => monthsAhead))
  const unbounded = partitioned.flatMap((state) => state.unbounded)
  const rows = unbounded.length === 0 ? '' : `; rows of other months are in ${unbounded.join(', ')}`
  const found = `${months} months ahead have partitions${rows}${rest}`
  if (months < fewestMonthsAhead) {
    return {
      check: 'months',
      found,
      advice: 'Run `spanledger partition` with the role that owns the tables: later rows would share one partition.',
    }
  }
  const future = unbounded.filter((name) => name.endsWith('_future'))
  if (future.length > 0) {
    return { check: 'months', found, advice: `Look at the times in ${future.join(', ')}: a sender's clock is wrong.` }
  }
  return { check: 'months', found }
}
