import { expect, onTestFinished, test, vi } from 'vitest'
import { dynamoDbStore } from '../../functions/stores/dynamodb.ts'
import { environmentOf, fakeAwsOf, planOf } from './aws-project.ts'

test('thousands of runs are read with the connections that the SDK has', { timeout: 60_000 }, async () => {
  const plan = planOf()
  const aws = await fakeAwsOf(plan)
  for (const [name, value] of Object.entries(environmentOf(plan, aws))) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const store = dynamoDbStore({ table: plan.names.table })
  onTestFinished(() => store.close())
  const keys = Array.from({ length: 5000 }, (_, i) => ({ pk: 'runs#dev', sk: `${i}` }))
  expect((await store.get(keys)).map(({ pk, sk }) => ({ pk, sk }))).toEqual(keys)
})
