import { type Config, configure, type Environment, type Flags } from '../../src/config/load.ts'

/** The configuration of a process that has no file. */
export function configOf(env: Environment, flags: Flags = {}): Config {
  return configure({ file: null, env, flags }).config
}
