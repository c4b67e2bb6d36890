import { messageOf } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { BadRow } from '../store/database.ts'
import { commit } from './commit.ts'
import { findIdleMoves } from './ledger/moves.ts'
import { column } from './lists.ts'
import { openMover } from './moves/mover.ts'
import { newWriterCache, type WriterOptions } from './writer-options.ts'

/** Commits facts, whole or not at all. Returns one outcome for each, in their order. */
export type WriteFacts = (facts: readonly Facts[]) => Promise<ArrivalOutcome[]>

/** A writer, which also moves rows that are too many for one transaction, in the background. */
export interface Writer extends WriteFacts, AsyncDisposable {
  /** Goes on with the moves of receivers that are gone: those without progress for so many seconds. */
  takeOverMoves(idleSeconds: number): Promise<void>
  /** Resolves when no move is left, or all that are left were given up. */
  moved(): Promise<void>
}

/** Opens a writer, which may be called any number of times at once. Disposing it leaves moves to others. */
export function openWriter(options: WriterOptions): Writer {
  let cache = newWriterCache()
  /** Whether a value was refused and nothing was cached since. */
  let isFresh = false
  const write = async (facts: readonly Facts[]): Promise<ArrivalOutcome[]> => {
    const wasFresh = isFresh
    try {
      const checkOtherWriters = wasFresh || cache.hasOtherWriters
      const { outcomes, delayed } = await commit(options, cache, { facts, move: null, checkOtherWriters })
      isFresh = false
      mover.start(delayed)
      return outcomes
    } catch (error) {
      // a table may have been changed, a user deleted, a task written by another writer: a value counts as refused only
      // after all of that was read anew
      cache = { ...cache, users: new Map(), tables: undefined }
      if (!(error instanceof BadRow) || wasFresh) throw error
      isFresh = true
      return write(facts)
    }
  }
  const mover = openMover(async (move) => {
    const { hasMoved } = await commit(options, cache, { facts: [], move, checkOtherWriters: cache.hasOtherWriters })
    return hasMoved
  })
  const writeInTurn: WriteFacts = async (facts) => {
    const startedMs = performance.now()
    try {
      const outcomes = await mover.inTurn(new Set(column(facts, 'trace')), () => write(facts))
      options.onCommitted({ items: facts.length, milliseconds: performance.now() - startedMs })
      return outcomes
    } catch (error) {
      if (!(error instanceof BadRow)) options.onUnavailable(messageOf(error))
      throw error
    }
  }
  return Object.assign(writeInTurn, {
    takeOverMoves: async (idleSeconds: number) =>
      mover.start(await options.database.transaction((session) => findIdleMoves(session, idleSeconds))),
    moved: () => mover.idle(),
    [Symbol.asyncDispose]: () => mover[Symbol.asyncDispose](),
  })
}
