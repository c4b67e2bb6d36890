/** A time from which until which rows are summed up, in milliseconds since 1970. */
export interface ReportTime {
  readonly sinceMs: number
  readonly untilMs: number
}
