import { child, isList, isRecord, type Tree } from '../values/tree.ts'

/**
 * The arguments that a traced Python function was called with. Decorators write them in two: `{args: […], kwargs: {…}}`;
 * other structures are the arguments themselves.
 */
export function calledWith(tree: Tree | undefined): Tree | undefined {
  const [args, kwargs] = [child(tree, 'args'), child(tree, 'kwargs')]
  if (!isRecord(kwargs) || !(args === undefined || isList(args))) return tree
  return sizeOf(kwargs) === 0 && isList(args) && args.length > 0 ? args : kwargs
}

function sizeOf(record: Tree): number {
  return record instanceof Map ? record.size : Object.keys(record as object).length
}
