import { expect, test } from 'vitest'
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
