import { expect } from 'vitest'
import type { Environment, Flags } from '../../src/config/load.ts'
import { Misconfigured } from '../../src/errors.ts'
import { configOf } from '../support/config.ts'

/** The message of a wrong configuration. */
export function wrongMessage(env: Environment, flags: Flags = {}): string {
  try {
    configOf(env, flags)
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured)
    return (error as Misconfigured).message
  }
  throw new Error('this is no wrong configuration')
}
