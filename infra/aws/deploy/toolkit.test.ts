import { expect, test } from 'vitest'
import pkg from '../../../package.json' with { type: 'json' }
import { loadToolkit } from './toolkit.ts'
import { toolkitPackage } from './toolkit-package.ts'

test('a toolkit that is not installed is told with the command that installs it', async () => {
  const absent = async () => {
    throw Object.assign(new Error("Cannot find package '@aws-cdk/toolkit-lib'"), { code: 'ERR_MODULE_NOT_FOUND' })
  }
  await expect(loadToolkit(absent)).rejects.toMatchObject({
    reason: 'installation',
    message: expect.stringContaining(`npm install ${toolkitPackage}`),
  })
  const broken = async () => {
    throw new SyntaxError('broken')
  }
  await expect(loadToolkit(broken)).rejects.toThrow('broken')
})

test('the release that is asked for is the one that was tested, and an allowed peer', () => {
  const version = toolkitPackage.slice('@aws-cdk/toolkit-lib@'.length)
  expect(pkg.devDependencies['@aws-cdk/toolkit-lib']).toBe(version)
  expect(pkg.peerDependencies['@aws-cdk/toolkit-lib']).toBe(`^${version}`)
})
