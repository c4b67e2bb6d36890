import { isOnCitusNode } from './citus.ts'
import type { Session } from './database.ts'
import { storeStatement } from './statements.ts'

/** Returns the size of a table or partition in blocks of `block_size` bytes, wherever its file is: with Citus on another node. */
export async function blocksOf(session: Session, relation: string): Promise<number> {
  const size = (await isOnCitusNode(session, relation)) ? 'citus_relation_blocks' : 'relation_blocks'
  const [row] = await session.query<{ blocks: number }>(storeStatement(size), [relation])
  return row!.blocks
}
