import { Misconfigured } from '../../errors.ts'
import { revokeToken } from '../../store/tenants/tokens.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading } from '../connect/open-database.ts'
import { isInTable } from './create.ts'

/** Revokes a token of the table. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, args, write } = input
  const id = args[0] ?? ''
  if (!isInTable(config))
    throw new Misconfigured(
      `the tokens are in ${config.tokens}: add revoked_at to the entry ${id} there, or take it out.`,
    )
  await using database = await openForReading(input, '')
  if (!(await revokeToken(database, id)))
    throw new Misconfigured(
      `there is no token ${JSON.stringify(id)}: \`spanledger token list\` shows those that there are.`,
    )
  write(`The token ${id} is revoked; receivers refuse it from ${graceSeconds} seconds on at the latest.\n`)
}

/** Receivers read the table so often. */
const graceSeconds = 5
