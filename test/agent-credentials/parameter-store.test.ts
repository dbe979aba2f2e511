import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { PlannedCredential } from '../../docker/agent/credentials/credential.ts'
import { loadCredentials } from '../../docker/agent/credentials/load.ts'
import { parameterStore } from '../../functions/aws/parameter-store.ts'
import { type Interference, recordingProxy } from '../support/aws-calls.ts'
import { type Ministack, noMinistack, startMinistack } from '../support/ministack.ts'

if (noMinistack !== undefined) console.warn(`AWS Parameter Store is not tested: ${noMinistack}`)

const secret = (id: string, optional = false): PlannedCredential => {
  const [type = '', instance = '', field = ''] = id.split('/').slice(2)
  return { id, type, instance, field, optional, why: 'listed' }
}
const idOf = (instance: string | number) => `/al/github_token/${instance}/token`

describe.skipIf(noMinistack !== undefined)('Parameter Store', { timeout: 120_000 }, () => {
  let ministack: Ministack

  const load = async (ids: PlannedCredential[], interfere?: Interference) => {
    const proxy = await recordingProxy(ministack.endpoint, interfere)
    try {
      const env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: proxy.endpoint }
      const signal = new AbortController().signal
      const options = { secrets: ids, directory: '/nowhere', env, signal, log: () => undefined }
      return { credentials: await loadCredentials({ ...options, secretStore: 'parameter-store' }), calls: proxy.calls }
    } finally {
      await proxy.stop()
    }
  }

  beforeAll(async () => {
    ministack = await startMinistack()
    for (const [name, value] of Object.entries(ministack.env)) vi.stubEnv(name, value)
    const ssm = new SSMClient({})
    for (let i = 0; i < 20; i++) {
      await ssm.send(new PutParameterCommand({ Name: idOf(i), Value: ` value ${i}\n`, Type: 'SecureString' }))
    }
  }, 120_000)
  afterAll(async () => {
    vi.unstubAllEnvs()
    await ministack?.stop()
  })

  test('gives a run what it may have, in the order of the plan, in a few requests', async () => {
    const secrets = Array.from({ length: 20 }, (_, i) => secret(idOf(19 - i)))
    const { credentials, calls } = await load([...secrets, secret(idOf('none'), true)])
    expect(credentials.map(({ value }) => value)).toEqual(secrets.map((_, i) => `value ${19 - i}`))
    expect(new Set(calls.map(({ action }) => action))).toEqual(new Set(['ssm:GetParameters']))
    expect(calls.length).toBeLessThanOrEqual(4)
  })

  test('names each parameter that is not stored', async () => {
    await expect(load([secret(idOf(0)), secret(idOf('none'))])).rejects.toThrow(
      /^missing credential: github_token:none\/token \(looked for \/al\/github_token\/none\/token in AWS Parameter Store/,
    )
  })

  test('one that may not be read does not keep the others from being read', async () => {
    let refused = 0
    // IAM refuses a request as a whole.
    const refuse: Interference = () => {
      refused++
      return refused === 1 ? { status: 400, code: 'AccessDeniedException' } : undefined
    }
    const { credentials } = await load([secret(idOf(0)), secret(idOf(1))], refuse)
    expect(credentials.map(({ value }) => value)).toEqual(['value 0', 'value 1'])
  })

  test('gives the gateway a value, and nothing for what is not stored, which is logged', async () => {
    const lines: unknown[] = []
    const read = parameterStore((level, message, fields) => lines.push([level, message, fields]))
    expect(await read(idOf(3))).toBe(' value 3\n')
    expect(lines).toEqual([])
    expect(await read(idOf('none'))).toBeUndefined()
    const about = { secret: idOf('none'), error: 'ParameterNotFound' }
    expect(lines).toEqual([['warn', expect.stringContaining('not stored'), about]])
  })
})
