import { columnSize } from '../columns.ts'
import type { Resource, Scope } from '../decode/span.ts'
import { fitText } from './facts/column-limits.ts'

/** The service and the instrumentation that report a span or record. */
export interface Reporter {
  /** `service.name` of the resource, '' where absent. */
  readonly service: string
  /** Scope name and service: two instrumentations of one service are two origins, and so is one in two services. */
  readonly origin: string
}

interface Reported {
  readonly resource: Resource
  readonly scope: Scope
}

let last: (Reported & { readonly reporter: Reporter }) | undefined

/** Returns who reports a span or record. Items of one resource and scope follow each other, so the last one is cached. */
export function reporterOf({ resource, scope }: Reported): Reporter {
  if (last?.scope !== scope || last.resource !== resource) {
    const name = resource.attributes.get('service.name')
    const service = typeof name === 'string' ? fitText(name, columnSize.name) : ''
    last = { resource, scope, reporter: { service, origin: `${fitText(scope.name, columnSize.name)}@${service}` } }
  }
  return last.reporter
}
