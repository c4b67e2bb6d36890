import type { CommandOption } from '../../command-line/command.ts'

/** The options of every command that prints a table. */
export const tableOptions: Readonly<Record<string, CommandOption>> = {
  json: {
    value: 'columns',
    isOptional: true,
    text: 'Print JSON: a list of objects, of all columns or of those named (a,b). Money is decimal text.',
  },
  timezone: {
    value: 'name',
    text: 'The time zone of days and of the times that people read, as Europe/Berlin; UTC without it.',
  },
}

/** The switches of every command that prints a table. */
export const tableSwitches: Readonly<Record<string, string>> = {
  csv: 'Print CSV (RFC 4180) of all columns, with a line of heads.',
  header: 'Print a line of heads in a pipe too.',
}
