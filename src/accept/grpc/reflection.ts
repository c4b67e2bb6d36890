import { readFileSync } from 'node:fs'
import path from 'node:path'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { beginMessages, type GrpcMethod, messagesOf, sendMessage } from './grpc-service.ts'

const folder = path.join(import.meta.dirname, '..', '..', '..', 'proto')

/** The files of the services that are described; those that they import are found from them. */
const entries = [
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  'opentelemetry/proto/collector/logs/v1/logs_service.proto',
  'grpc/health/v1/health.proto',
  'grpc/reflection/v1/reflection.proto',
]

/** A file of messages and services as clients get it. */
interface DescribedFile {
  readonly bytes: Uint8Array
  readonly imports: readonly string[]
}

/** What is asked, with the answer's `oneof` in mind. Source: proto/grpc/reflection/v1/reflection.proto. */
interface ReflectionRequest {
  readonly host?: string
  readonly fileByFilename?: string
  readonly fileContainingSymbol?: string
  readonly listServices?: string
}

/** The status code NOT_FOUND, and UNIMPLEMENTED for what asks for extensions. */
const notFound = 5
const unimplemented = 12

/**
 * The methods of grpc.reflection.v1.ServerReflection and its older name: a client such as grpcurl learns from them what this
 * server receives.
 * Source: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionMethods(): ReadonlyMap<string, GrpcMethod> {
  const described = describe()
  const answer: GrpcMethod = async ({ stream }) => {
    beginMessages(stream)
    for await (const message of messagesOf(stream)) sendMessage(stream, described.answer(message))
    stream.end()
  }
  return new Map(
    ['v1', 'v1alpha'].map((version) => [`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, answer]),
  )
}

function describe(): { readonly answer: (request: Uint8Array) => Uint8Array } {
  const root = new protobuf.Root()
  root.resolvePath = (_, target) => (path.isAbsolute(target) ? target : path.join(folder, target))
  root.loadSync(entries).resolveAll()
  const files = filesOf(root)
  const services = servicesIn(root)
  const [requests, responses] = ['Request', 'Response'].map((kind) =>
    root.lookupType(`grpc.reflection.v1.ServerReflection${kind}`),
  )
  return {
    answer: (bytes) => {
      const request = requests!.toObject(requests!.decode(bytes)) as ReflectionRequest
      const found = responseTo(request, { root, files, services })
      return responses!.encode({ validHost: request.host ?? '', originalRequest: request, ...found }).finish()
    },
  }
}

interface Described {
  readonly root: protobuf.Root
  readonly files: ReadonlyMap<string, DescribedFile>
  readonly services: readonly string[]
}

function responseTo(request: ReflectionRequest, { root, files, services }: Described): object {
  if (request.listServices !== undefined)
    return { listServicesResponse: { service: services.map((name) => ({ name })) } }
  const { fileByFilename, fileContainingSymbol } = request
  if (fileByFilename === undefined && fileContainingSymbol === undefined)
    return { errorResponse: { errorCode: unimplemented, errorMessage: 'there are no extensions' } }
  const name = fileByFilename ?? fileOf(root, fileContainingSymbol ?? '')
  if (name === undefined || !files.has(name))
    return { errorResponse: { errorCode: notFound, errorMessage: 'there is no such file or symbol' } }
  return {
    fileDescriptorResponse: { fileDescriptorProto: withImports(files, name).map((one) => files.get(one)!.bytes) },
  }
}

/** The file that defines a service, a method, a message or an enumeration. */
function fileOf(root: protobuf.Root, symbol: string): string | undefined {
  const object = root.lookup(symbol) ?? root.lookup(symbol.slice(0, symbol.lastIndexOf('.')))
  const { filename = null } = object ?? {}
  return filename === null ? undefined : nameOf(filename)
}

function nameOf(filename: string): string {
  return path.relative(folder, filename).split(path.sep).join('/')
}

/** A file and all that it imports, each once. */
function withImports(files: ReadonlyMap<string, DescribedFile>, name: string): readonly string[] {
  const names = new Set([name])
  for (const one of names) for (const imported of files.get(one)?.imports ?? []) names.add(imported)
  return [...names]
}

/** protobufjs makes a file of each package; here each package is one file, whose name and imports are in its text. */
function filesOf(root: protobuf.Root): ReadonlyMap<string, DescribedFile> {
  const set = (root as protobuf.Root & { toDescriptor(edition: string): descriptor.IFileDescriptorSet }).toDescriptor(
    'proto3',
  )
  return new Map(
    (set.file ?? []).map((file) => {
      const first = file.messageType?.[0]?.name ?? ''
      const name = nameOf(root.lookupType(`${file.package}.${first}`).filename!)
      const text = readFileSync(path.join(folder, name), 'utf8')
      const imports = Array.from(text.matchAll(/^import "(.+)";/gm), ([, imported]) => imported!)
      const bytes = descriptor.FileDescriptorProto.encode({ ...file, name, dependency: imports }).finish()
      return [name, { bytes, imports }]
    }),
  )
}

function servicesIn(namespace: protobuf.NamespaceBase): string[] {
  return namespace.nestedArray.flatMap((object) => {
    if (object instanceof protobuf.Service) return [object.fullName.slice(1)]
    return object instanceof protobuf.Namespace ? servicesIn(object) : []
  })
}
