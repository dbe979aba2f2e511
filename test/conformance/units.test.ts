import { expect, test } from 'vitest'
import { dynamoDbEndpoint } from '../support/dynamodb-table.ts'
import { unitsOfARun } from '../support/run-units.ts'

test.skipIf(dynamoDbEndpoint === undefined)(
  'a webhook run of a minute with a lock takes at most 20 write units, a minute at rest one read unit',
  async () => {
    const steps = await unitsOfARun(dynamoDbEndpoint ?? '')
    expect(steps.at(0)).toEqual({ what: 'sweep at rest', read: 1, write: 0 })
    const sum = steps.at(-1)
    expect(sum?.write).toBeGreaterThan(10)
    expect(sum?.write).toBeLessThanOrEqual(20)
  },
)
