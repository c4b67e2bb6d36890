import type { HealthAnswer, HealthItem, HealthState } from '../../answers/health.ts'

/** What is known of a receiver; what a credential may not see is absent. */
export interface HealthFacts {
  readonly spans: HealthAnswer['spans']
  /** Refused spans that are kept. */
  readonly kept: number
  /** The age of the price list, in days. */
  readonly unpricedDays: number
  readonly monthsAhead: number | null
  readonly lagSeconds?: number
  readonly databasesAway?: number
  readonly unexpected?: number
  /** When a batch was committed last, in milliseconds since 1970; 0: none yet. */
  readonly lastCommitMs?: number
}

/** Says what each number means, and what to do about it. */
export function healthItems(facts: HealthFacts): HealthItem[] {
  return [...(facts.spans === null ? [] : spanItems(facts.spans)), ...receiverItems(facts), ...tableItems(facts)]
}

function spanItems(spans: NonNullable<HealthAnswer['spans']>): HealthItem[] {
  const of = (name: string, value: number, meaning: string, advice = '', state: HealthState = 'good'): HealthItem => ({
    ...{ name, state, value, unit: 'spans', meaning, advice },
  })
  const { received, committed, duplicate, unrelated, refused, given_back: givenBack } = spans
  const isMuchGivenBack = givenBack > received / 100
  return [
    of('received', received, 'Spans and log records that were decoded.'),
    of('committed', committed, 'In the tables, or remembered as part of a run.'),
    of('duplicate', duplicate, 'Came before: senders try again after an answer that was lost.'),
    of('unrelated', unrelated, 'Of traces in which no agent, model call or tool is known: they make no row.'),
    of(
      ...(['refused', refused, 'Wrong, or nothing that the database takes. They are kept with their reason.'] as const),
      refused === 0 ? '' : 'Look at what was refused, mend the sender, and send it again from there.',
      refused === 0 ? 'good' : 'look',
    ),
    of(
      ...(['given_back', givenBack, 'Could not be committed in time: senders were asked to send them again.'] as const),
      givenBack === 0
        ? ''
        : 'Nothing is lost while senders have room. Often: the database is slow or away, see the lag.',
      isMuchGivenBack ? 'look' : 'good',
    ),
  ]
}

function receiverItems({ lagSeconds, databasesAway = 0, unexpected = 0, lastCommitMs }: HealthFacts): HealthItem[] {
  if (lagSeconds === undefined) return []
  const item = (name: string, value: number | null, rest: Omit<HealthItem, 'name' | 'value'>): HealthItem => ({
    ...{ name, value },
    ...rest,
  })
  return [
    item('lag', Math.round(lagSeconds * 1000) / 1000, {
      state: lagSeconds > 2 ? 'look' : 'good',
      unit: 'seconds',
      meaning: 'How long the oldest request has waited for its COMMIT.',
      advice: lagSeconds > 2 ? 'The database takes less than senders send: look at its locks and its disk.' : '',
    }),
    item('last_commit', lastCommitMs ? Math.round((Date.now() - lastCommitMs) / 1000) : null, {
      state: 'good',
      unit: 'seconds',
      meaning: 'How long ago rows were committed last.',
      advice: '',
    }),
    item('databases_away', databasesAway, {
      state: databasesAway > 0 ? 'bad' : 'good',
      unit: '',
      meaning: 'Databases that could not be written to at the last attempt.',
      advice: databasesAway > 0 ? 'Bring the database back. Senders are asked to try again meanwhile.' : '',
    }),
    item('unexpected_errors', unexpected, {
      state: unexpected > 0 ? 'bad' : 'good',
      unit: '',
      meaning: 'Errors that are bugs of Spanledger.',
      advice: unexpected > 0 ? 'Report the line of the log that begins with `unexpected`.' : '',
    }),
  ]
}

function tableItems({ kept, unpricedDays, monthsAhead }: HealthFacts): HealthItem[] {
  const isOld = unpricedDays > 120
  const isShort = monthsAhead !== null && monthsAhead < 2
  return [
    {
      ...{ name: 'refused_kept', value: kept, unit: 'spans', state: kept > 0 ? 'look' : 'good' },
      meaning: 'Refused spans that are kept, counted up to 1,000.',
      advice: kept > 0 ? 'Look at them, and send them again once the reason is gone.' : '',
    },
    {
      ...{ name: 'partitions_ahead', value: monthsAhead, unit: 'months', state: isShort ? 'look' : 'good' },
      meaning: 'Months ahead that have partitions; none where the tables are not kept by month.',
      advice: isShort ? 'Run `spanledger partition` with the role that owns the tables.' : '',
    },
    {
      ...{ name: 'prices_age', value: unpricedDays, unit: 'days', state: isOld ? 'look' : 'good' },
      meaning: 'The age of the price list.',
      advice: isOld ? 'Upgrade Spanledger, or name new prices in the setting `prices`.' : '',
    },
  ]
}
