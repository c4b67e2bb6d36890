import { expect, test } from 'vitest'
import { endpointOf } from '../../../src/exporting/config/endpoint.ts'
import type { ExporterOptions } from '../../../src/exporting/config/options.ts'
import { settingsOf } from '../../../src/exporting/config/settings.ts'

test.each<[string, ExporterOptions, Record<string, string>, ReturnType<typeof endpointOf>]>([
  ['a connection string', { connectionString: 'postgres://u@h:1/a%20b' }, {}, { host: 'h', port: 1, database: 'a b' }],
  [
    'a pool',
    { pool: { options: { host: 'h', port: 1, database: 'd' } } as never },
    {},
    { host: 'h', port: 1, database: 'd' },
  ],
  ['the variables', {}, { PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd' }, { host: 'h', port: 1, database: 'd' }],
  ['no settings', {}, {}, { host: 'localhost', port: 5432, database: '' }],
  ['a socket', { connectionString: 'postgres://%2Frun%2Fpostgresql/d' }, {}, undefined],
  ['a PGlite', { database: {} as never }, {}, undefined],
])('the endpoint of %s', (_, options, env, expected) => {
  expect(endpointOf(settingsOf(options, {}), env)).toEqual(expected)
})
