import { expect, test } from 'vitest'
import { pulumiEnvironment } from './pulumi-environment.ts'

const mine = {
  PATH: '/bin',
  HOME: '/home/me',
  HTTPS_PROXY: 'http://proxy',
  GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
  GITHUB_TOKEN: 'secret',
  ANTHROPIC_API_KEY: 'secret',
  AWS_SECRET_ACCESS_KEY: 'for s3',
  PULUMI_ACCESS_TOKEN: 'secret',
}

test('Pulumi gets what it finds Google by, and no key of anything else', () => {
  const made = pulumiEnvironment({ home: '/h', backend: 'gs://state' }, mine)
  expect(made).toMatchObject({ PATH: '/bin', GOOGLE_APPLICATION_CREDENTIALS: '/key.json', PULUMI_HOME: '/h' })
  expect(Object.values(made)).not.toContain('secret')
  expect(made).not.toHaveProperty('AWS_SECRET_ACCESS_KEY')
})

test('state in another cloud is reached by its keys', () => {
  expect(pulumiEnvironment({ home: '/h', backend: 's3://state' }, mine)).toMatchObject({
    AWS_SECRET_ACCESS_KEY: 'for s3',
  })
})
