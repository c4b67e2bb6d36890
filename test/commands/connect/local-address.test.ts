import { expect, test } from 'vitest'
import { isEverywhere, localAddress } from '../../../src/commands/connect/local-address.ts'

test.each([
  ['127.0.0.1', '127.0.0.1:4318', false],
  ['agents.example', 'agents.example:4318', false],
  ['0.0.0.0', '127.0.0.1:4318', true],
  ['::', '[::1]:4318', true],
  ['fd00::7', '[fd00::7]:4318', false],
])('a server that listens on %s is reached at %s from its own machine', (host, address, everywhere) => {
  expect(localAddress({ host, port: 4318 })).toBe(address)
  expect(isEverywhere({ host, port: 4318 })).toBe(everywhere)
})
