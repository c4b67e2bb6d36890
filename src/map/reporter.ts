import { columnSize } from '../columns.ts'
import type { Resource, Scope } from '../decode/span.ts'
import { fitText } from './facts/column-limits.ts'

/** Who reports a span or record. */
export interface Reporter {
  /** `service.name` of the resource, '' where absent. */
  readonly service: string
  /** Two instrumentations of one service are two origins, and so are two services with one of them. */
  readonly origin: string
}

interface Item {
  readonly resource: Resource
  readonly scope: Scope
}

let last: (Item & { readonly reporter: Reporter }) | undefined

/** Items of one resource and scope come one after another, so the last one is remembered. */
export function reporterOf({ resource, scope }: Item): Reporter {
  if (last?.scope !== scope || last.resource !== resource) {
    const name = resource.attributes.get('service.name')
    const service = typeof name === 'string' ? fitText(name, columnSize.name) : ''
    last = { resource, scope, reporter: { service, origin: `${fitText(scope.name, columnSize.name)}@${service}` } }
  }
  return last.reporter
}
