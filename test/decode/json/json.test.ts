import { describe, expect, test } from 'vitest'
import { decode } from '../../../src/decode/decode.ts'
import { Malformed, TooLarge } from '../../../src/errors.ts'
import { decodeText, jsonAttributeOf, jsonRequest, jsonSpan, onlySpan, spanId, traceId } from '../craft.ts'

test('R69: ids are hex in either case; empty is absent', () => {
  for (const id of [traceId.toUpperCase(), traceId, `${traceId.slice(0, 16).toUpperCase()}${traceId.slice(16)}`]) {
    const link = `{"traceId":"${id}","spanId":"${spanId.toUpperCase()}"}`
    const read = onlySpan(
      decodeText(
        jsonRequest(`{"traceId":"${id}","spanId":"${spanId.toUpperCase()}","parentSpanId":"","links":[${link}]}`),
      ),
    )
    expect(read).toMatchObject({ traceId, spanId, parentSpanId: '', links: [{ traceId, spanId }] })
  }
})

test('R70: enums by number, text or name; unknown numbers are kept, unknown names are unspecified', () => {
  const kind = (json: string) => onlySpan(decodeText(jsonSpan(`"kind":${json}`))).kind
  expect(['2', '"2"', '"SPAN_KIND_SERVER"', '99', '-1', '"SPAN_KIND_NEW"', 'null'].map(kind)).toEqual([
    2, 2, 2, 99, -1, 0, 0,
  ])
  expect(onlySpan(decodeText(jsonSpan('"status":{"code":"STATUS_CODE_ERROR","message":"m"}'))).status).toEqual({
    code: 2,
    message: 'm',
  })
  const severity = (json: string) =>
    decodeText(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":${json}}]}]}]}`, 'logs').records[0]
      ?.severityNumber
  expect(['"SEVERITY_NUMBER_INFO"', '"SEVERITY_NUMBER_FATAL4"', '17'].map(severity)).toEqual([9, 24, 17])
})

test('R71: unknown names are ignored at every level', () => {
  const unknown = '"x":1,"y":{"a":[1,{}]},"z":[[]],'
  const value = `{${unknown}"stringValue":"v"}`
  const pair = `{${unknown}"key":"k","value":${value}}`
  const span = `{${unknown}"traceId":"${traceId}","spanId":"${spanId}","attributes":[${pair}],"status":{${unknown}"code":1}}`
  const scope = `{${unknown}"scope":{${unknown}"name":"s"},"spans":[${span}]}`
  const read = onlySpan(
    decodeText(
      `{${unknown}"resourceSpans":[{${unknown}"resource":{${unknown}"schemaUrl":"u","attributes":[${pair}]},"scopeSpans":[${scope}]}]}`,
    ),
  )
  expect(read).toMatchObject({ attributes: new Map([['k', 'v']]), status: { code: 1 }, scope: { name: 's' } })
  expect(read.resource).toEqual({ attributes: new Map([['k', 'v']]), schemaUrl: '' })
})

test('R72: snake_case is read as camelCase', () => {
  const span = `{"trace_id":"${traceId}","span_id":"${spanId}","parent_span_id":"${spanId}","trace_state":"s","start_time_unix_nano":"7","end_time_unix_nano":1544712660300000123,"dropped_attributes_count":3,"attributes":[{"key":"k","value":{"int_value":"5"}},{"key":"a","value":{"array_value":{"values":[{"bool_value":true}]}}}],"events":[{"time_unix_nano":"8"}]}`
  const read = onlySpan(
    decodeText(`{"resource_spans":[{"schema_url":"u","scope_spans":[{"schema_url":"v","spans":[${span}]}]}]}`),
  )
  expect(read).toMatchObject({
    parentSpanId: spanId,
    traceState: 's',
    startTimeUnixNano: 7n,
    endTimeUnixNano: 1544712660300000123n,
    droppedAttributesCount: 3,
    events: [{ timeUnixNano: 8n }],
    resource: { schemaUrl: 'u' },
    scope: { schemaUrl: 'v' },
  })
  expect(read.attributes).toEqual(
    new Map<string, unknown>([
      ['k', 5],
      ['a', [true]],
    ]),
  )
})

describe('R73: 64-bit integers are exact as text and as number', () => {
  test('times', () => {
    for (const json of ['"1544712660300000123"', '1544712660300000123', ' 1544712660300000123 '])
      expect(onlySpan(decodeText(jsonSpan(`"startTimeUnixNano":${json}`))).startTimeUnixNano).toBe(1544712660300000123n)
  })

  test.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '-9007199254740993'])(
    'attribute %s',
    (digits) => {
      expect(jsonAttributeOf(`{"intValue":${digits}}`)).toBe(BigInt(digits))
      expect(jsonAttributeOf(`{"intValue":"${digits}"}`)).toBe(BigInt(digits))
    },
  )

  test('texts that look like members are unchanged', () => {
    const texts = [
      '"intValue":1234567890123456789}',
      '\\"intValue": 1234567890123456789,',
      ': 1234567890123456789,',
      'intValue":',
    ]
    for (const text of texts) {
      const read = jsonAttributeOf(`{"stringValue":${JSON.stringify(text)},"intValue":null}`)
      expect(read).toBe(text)
    }
    const pair = `{"key":"k","value":{"stringValue":${JSON.stringify('\\"timeUnixNano":1234567890123456789,')}}},{"key":"l","value":{"intValue":1234567890123456789}}`
    const read = onlySpan(decodeText(jsonSpan(`"attributes":[${pair}]`)))
    expect([...read.attributes.values()]).toEqual(['\\"timeUnixNano":1234567890123456789,', 1234567890123456789n])
  })

  test('a name that is a number of 16 digits is still of a wrong type', () => {
    expect(decodeText(jsonSpan('"name":1234567890123456789')).refused[0]?.reason).toBe('wrong-type')
  })
})

test('R74: 32-bit integers as number or text, with 1.0 and 1e3; fractions are invalid', () => {
  const count = (json: string) => decodeText(jsonSpan(`"droppedAttributesCount":${json}`))
  expect(
    ['4', '"4"', '4.0', '"4.0"', '4e3', '"4e3"', '4294967295', 'null'].map(
      (json) => onlySpan(count(json)).droppedAttributesCount,
    ),
  ).toEqual([4, 4, 4, 4, 4000, 4000, 4294967295, 0])
  for (const json of ['1.5', '"x"', '""', 'true', '[]']) expect(count(json).refused[0]?.reason).toBe('wrong-type')
  for (const json of ['-1', '4294967296'])
    expect(decodeText(jsonSpan(`"flags":${json}`)).refused[0]?.reason).toBe('wrong-type')
  expect(['5.0', '"5"', '5e2', '"5e2"'].map((json) => jsonAttributeOf(`{"intValue":${json}}`))).toEqual([
    5, 5, 500, 500,
  ])
  expect(jsonAttributeOf('{"intValue":1.5}')).toBe(null)
  expect(jsonAttributeOf('{"intValue":"abc"}')).toBe(null)
  expect(jsonAttributeOf('{"intValue":""}')).toBe(null)
})

test('R90: a dropped count that is negative or beyond 32 bits is 0, with a warning', () => {
  for (const json of ['-1', '"-1"', '4294967296', '18446744073709551615']) {
    const members = ['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount']
    const decoded = decodeText(jsonSpan(members.map((name) => `"${name}":${json}`).join(',')))
    expect(onlySpan(decoded)).toMatchObject(Object.fromEntries(members.map((name) => [name, 0])))
    expect(decoded.warnings).toEqual([
      'A count of what the sender dropped was negative or beyond 32 bits: it was taken as 0. (3 times)',
    ])
  }
})

test('R75: doubles as number, text and their three names', () => {
  const cases = ['1.5', '"1.5"', '"-1e-3"', '"NaN"', '"Infinity"', '"-Infinity"', '7']
  expect(cases.map((json) => jsonAttributeOf(`{"doubleValue":${json}}`))).toEqual([
    1.5,
    1.5,
    -0.001,
    Number.NaN,
    Infinity,
    -Infinity,
    7,
  ])
  expect(jsonAttributeOf('{"doubleValue":"0x10"}')).toBe(null)
})

test('R76: the unusual values that the JavaScript SDK sends', () => {
  expect(jsonAttributeOf('{"doubleValue":null}')).toBe(Number.NaN)
  expect(jsonAttributeOf('{"doubleValue":null,"stringValue":"s"}')).toBe('s')
  expect(jsonAttributeOf('{"intValue":1e+300}')).toBe(1e300)
  expect(jsonAttributeOf('{"intValue":"18446744073709551615"}')).toBe(2 ** 64)
  expect(jsonAttributeOf('{"intValue":1152921504606847000}')).toBe(1152921504606847000n)
  expect(jsonAttributeOf('{}')).toBe(null)
  expect(jsonAttributeOf('{"stringValue":"a\\ud800b\\ud83d\\ude00"}')).toBe('a\ufffdb😀')
})

test('an integer of a million digits becomes a double, quickly', () => {
  expect(jsonAttributeOf(`{"intValue":"${'9'.repeat(1_000_000)}"}`)).toBe(null)
  expect(jsonAttributeOf(`{"intValue":${'9'.repeat(300)}}`)).toBe(1e300)
})

test('R77: null is absent everywhere', () => {
  const members = [
    'parentSpanId',
    'traceState',
    'flags',
    'name',
    'kind',
    'startTimeUnixNano',
    'attributes',
    'events',
    'links',
    'status',
    'droppedLinksCount',
  ]
  const read = onlySpan(decodeText(jsonSpan(members.map((name) => `"${name}":null`).join(','))))
  expect(read).toEqual(onlySpan(decodeText(jsonSpan())))
  const span = `{"traceId":"${traceId}","spanId":"${spanId}","attributes":[null,{"key":"k","value":null},{"key":"a","value":{"arrayValue":{"values":[null,{"intValue":1}]}}},{"key":"e","value":{"arrayValue":{"values":null}}}],"events":[null],"links":[null]}`
  const nulls = onlySpan(
    decodeText(
      `{"resourceSpans":[null,{"resource":null,"schemaUrl":null,"scopeSpans":[null,{"scope":null,"spans":[null,${span},null]}]}]}`,
    ),
  )
  expect(nulls.attributes).toEqual(
    new Map<string, unknown>([
      ['k', null],
      ['a', [null, 1]],
      ['e', []],
    ]),
  )
  expect(nulls).toMatchObject({ index: 0, events: [], links: [] })
  for (const empty of [
    '{}',
    '{"resourceSpans":null}',
    '{"resourceSpans":[]}',
    '{"resourceSpans":[{}]}',
    '{"resourceSpans":[{"scopeSpans":null}]}',
  ])
    expect(decodeText(empty)).toEqual({ spans: [], records: [], refused: [], warnings: [] })
})

test('R78: bytes in either base64, with or without padding; a text that is neither costs only its attribute', () => {
  const bytes = (text: string) => jsonAttributeOf(`{"bytesValue":"${text}"}`)
  expect(['+/8=', '-_8=', '+/8', '-_8', ''].map(bytes)).toEqual([
    ...Array(4).fill(Uint8Array.of(0xfb, 0xff)),
    new Uint8Array(),
  ])
  for (const text of ['!', 'a', 'abcde', 'a b=', '====']) expect(bytes(text)).toBe(null)
  const read = decodeText(
    jsonSpan('"attributes":[{"key":"b","value":{"bytesValue":"!"}},{"key":"c","value":{"boolValue":true}}]'),
  )
  expect(onlySpan(read).attributes).toEqual(
    new Map<string, unknown>([
      ['b', null],
      ['c', true],
    ]),
  )
  expect(read.warnings).toHaveLength(1)
})

describe('R79: a wrong type', () => {
  test.each([
    ['name', '"name":5'],
    ['attributes', '"attributes":{"a":1}'],
    ['an attribute', '"attributes":["a"]'],
    ['a key', '"attributes":[{"key":5}]'],
    ['a value', '"attributes":[{"key":"k","value":"v"}]'],
    ['stringValue', '"attributes":[{"key":"k","value":{"stringValue":5}}]'],
    ['boolValue', '"attributes":[{"key":"k","value":{"boolValue":"true"}}]'],
    ['intValue', '"attributes":[{"key":"k","value":{"intValue":true}}]'],
    ['doubleValue', '"attributes":[{"key":"k","value":{"doubleValue":[]}}]'],
    ['bytesValue', '"attributes":[{"key":"k","value":{"bytesValue":5}}]'],
    ['arrayValue', '"attributes":[{"key":"k","value":{"arrayValue":[]}}]'],
    ['arrayValue.values', '"attributes":[{"key":"k","value":{"arrayValue":{"values":{}}}}]'],
    ['kvlistValue', '"attributes":[{"key":"k","value":{"kvlistValue":5}}]'],
    ['startTimeUnixNano', '"startTimeUnixNano":"soon"'],
    ['endTimeUnixNano', '"endTimeUnixNano":1.5'],
    ['kind', '"kind":1.5'],
    ['status', '"status":"ok"'],
    ['status.message', '"status":{"message":5}'],
    ['events', '"events":{}'],
    ['an event', '"events":[5]'],
    ['links', '"links":"x"'],
    ['flags', '"flags":{}'],
  ])('of %s refuses that span alone', (_name, members) => {
    const good = `{"traceId":"${traceId}","spanId":"${spanId}"}`
    const bad = `{"traceId":"${traceId}","spanId":"${spanId}",${members}}`
    const read = decodeText(jsonRequest(`${good},${bad},${good}`))
    expect(read.spans.map((span) => span.index)).toEqual([0, 2])
    expect(read.refused).toMatchObject([{ reason: 'wrong-type', traceId, spanId, request: { format: 'json' } }])
  })

  test('of the span itself, or of its id', () => {
    expect(decodeText(jsonRequest(`5,[],"x",{"traceId":5}`)).refused.map((one) => one.reason)).toEqual(
      Array(4).fill('wrong-type'),
    )
  })

  test.each([
    '',
    '[]',
    '1234',
    'null',
    '"x"',
    'true',
    '{',
    '{}x',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":0000000000000000001}]}]}]}',
    '{"resourceSpans":5}',
    '{"resourceSpans":{}}',
    '{"resourceSpans":[5]}',
    '{"resourceSpans":[{"scopeSpans":{}}]}',
    '{"resourceSpans":[{"scopeSpans":["x"]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}',
    `{"resourceSpans":[{"resource":5,"scopeSpans":[{"spans":[{}]}]}]}`,
    `{"resourceSpans":[{"scopeSpans":[{"scope":[],"spans":[{}]}]}]}`,
  ])('of the envelope makes it Malformed: %s', (text) => {
    expect(() => decodeText(text)).toThrow(Malformed)
  })
})

test('R80: duplicate keys, byte order mark, invalid UTF-8, trailing garbage', () => {
  expect(onlySpan(decodeText(jsonSpan('"name":"a","name":"b"'))).name).toBe('b')
  expect(onlySpan(decodeText(`\ufeff${jsonSpan('"name":"a"')}`)).name).toBe('a')
  const [before, after] = jsonSpan('"name":"a#"').split('#')
  const body = Buffer.concat([Buffer.from(before!), Buffer.from([0xff]), Buffer.from(after!)])
  expect(onlySpan(decode('traces', 'json', body)).name).toBe('a\ufffd')
  expect(() => decodeText(`${jsonSpan()} x`)).toThrow(Malformed)
})

test('R81: keys that mean something to JavaScript are ordinary', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const pairs = keys.map((key) => `{"key":"${key}","value":{"stringValue":"v"}}`).join(',')
  const read = onlySpan(
    decodeText(
      jsonSpan(
        `"__proto__":{"name":"evil"},"constructor":1,"attributes":[${pairs},{"key":"m","value":{"__proto__":{"stringValue":"evil"},"kvlistValue":{"values":[${pairs}]}}}]`,
      ),
    ),
  )
  expect(read.name).toBe('')
  expect([...read.attributes.keys()]).toEqual([...keys, 'm'])
  expect([...(read.attributes.get('m') as Map<string, unknown>).keys()]).toEqual(keys)
  expect(({} as Record<string, unknown>).name).toBe(undefined)
})

describe('R82: endless nesting', () => {
  test('in the whole body', () => {
    expect(() => decodeText('['.repeat(1_000_000))).toThrow(Malformed)
    expect(() => decodeText('['.repeat(1_000_000) + ']'.repeat(1_000_000))).toThrow(Malformed)
  })

  test('in an unknown member and in an attribute', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
    expect(onlySpan(decodeText(jsonSpan(`"unknown":${deep}`))).spanId).toBe(spanId)
    const value = '{"arrayValue":{"values":['.repeat(100_000) + ']}}'.repeat(100_000)
    const read = decodeText(jsonSpan(`"attributes":[{"key":"k","value":${value}}]`))
    expect(JSON.stringify(onlySpan(read).attributes.get('k'))).toBe(
      `${'['.repeat(64)}"[nested too deep]"${']'.repeat(64)}`,
    )
    expect(read.warnings).toHaveLength(1)
  })

  test('a refused span with it can still be extracted', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
    const [refused] = decodeText(jsonRequest(`{"traceId":"x","name":"n","unknown":${deep}}`)).refused
    expect(decode('traces', 'json', refused!.request.bytes()).refused).toMatchObject([
      { name: 'n', reason: 'invalid-trace-id' },
    ])
  })

  test('a body of too many brackets is TooLarge', () => {
    expect(() => decodeText('['.repeat(9_000_000))).toThrow(TooLarge)
  })
})

test('R83: of several members of a value the last wins', () => {
  expect(jsonAttributeOf('{"stringValue":"a","intValue":"1"}')).toBe(1)
  expect(jsonAttributeOf('{"intValue":"1","stringValue":"a"}')).toBe('a')
  expect(jsonAttributeOf('{"intValue":"1","stringValue":null}')).toBe(1)
})

test('R62: texts by index are absent', () => {
  const read = decodeText(
    jsonSpan(
      '"attributes":[{"key":"k","value":{"stringValueStrindex":4}},{"keyStrindex":3,"value":{"stringValue":"x"}}]',
    ),
  )
  expect(onlySpan(read).attributes).toEqual(new Map([['k', null]]))
  expect(read.warnings.filter((warning) => warning.includes('dictionary'))).toHaveLength(1)
})

test('all fields of a log record are decoded', () => {
  const record = `{"timeUnixNano":"5","observedTimeUnixNano":6,"severityNumber":9,"severityText":"INFO","body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}},"attributes":[{"key":"k","value":{"boolValue":false}}],"droppedAttributesCount":1,"flags":1,"traceId":"${traceId.toUpperCase()}","spanId":"${spanId}","eventName":"e"}`
  const { records } = decodeText(
    `{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"s"},"logRecords":[${record}]}]}]}`,
    'logs',
  )
  expect(records).toEqual([
    {
      index: 0,
      traceId,
      spanId,
      flags: 1,
      timeUnixNano: 5n,
      observedTimeUnixNano: 6n,
      severityNumber: 9,
      severityText: 'INFO',
      eventName: 'e',
      body: new Map([['a', 1]]),
      attributes: new Map([['k', false]]),
      droppedAttributesCount: 1,
      resource: { attributes: new Map(), schemaUrl: '' },
      scope: { name: 's', version: '', attributes: new Map(), schemaUrl: '' },
    },
  ])
})

test('spans share their resource and scope objects', () => {
  const span = `{"traceId":"${traceId}","spanId":"${spanId}"}`
  const { spans } = decodeText(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[${span},${span}]},{"spans":[${span}]}]},{"scopeSpans":[{"spans":[${span}]}]}]}`,
  )
  expect(spans.map((one) => one.index)).toEqual([0, 1, 2, 3])
  expect(spans[0]!.scope).toBe(spans[1]!.scope)
  expect(spans[1]!.scope).not.toBe(spans[2]!.scope)
  expect(spans[1]!.resource).toBe(spans[2]!.resource)
  expect(spans[2]!.resource).not.toBe(spans[3]!.resource)
})
