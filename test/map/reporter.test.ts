import { expect, test } from 'vitest'
import type { AnyValue } from '../../src/decode/span.ts'
import { reporterOf } from '../../src/map/reporter.ts'

const reported = (scopeName: string, serviceName?: AnyValue) => ({
  scope: { name: scopeName, version: '', attributes: new Map(), schemaUrl: '' },
  resource: {
    attributes: new Map<string, AnyValue>(serviceName === undefined ? [] : [['service.name', serviceName]]),
    schemaUrl: '',
  },
})

test('the origin is the scope name and the service name', () => {
  expect(reporterOf(reported('openai', 'shop'))).toEqual({ service: 'shop', origin: 'openai@shop' })
})

test('a service name that is absent or no text is empty', () => {
  expect(reporterOf(reported('openai'))).toEqual({ service: '', origin: 'openai@' })
  expect(reporterOf(reported('openai', 7)).service).toBe('')
})

test('scope name and service name are limited to 255 characters each', () => {
  const { service, origin } = reporterOf(reported('s'.repeat(300), 'x'.repeat(300)))
  expect([service.length, origin.length]).toEqual([255, 511])
})

test('the reporter is cached for one resource and scope, and not for another', () => {
  const one = reported('openai', 'shop')
  expect(reporterOf(one)).toBe(reporterOf(one))
  expect(reporterOf({ ...one, scope: reported('other').scope }).origin).toBe('other@shop')
  expect(reporterOf({ ...one, resource: reported('', 'bank').resource }).origin).toBe('openai@bank')
})
