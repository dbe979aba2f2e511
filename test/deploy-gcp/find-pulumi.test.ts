import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPulumi } from '../../infra/gcp/deploy/find-pulumi.ts'
import { tempDirectory } from '../support/temp-project.ts'

/** A directory with a `pulumi` that says this version. */
function pulumi(version: string): string {
  const directory = tempDirectory()
  const path = join(directory, 'pulumi')
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`)
  chmodSync(path, 0o755)
  return directory
}

test('the one on the path is taken, before the package of the project', async () => {
  const directory = pulumi('v3.250.0')
  const found = await findPulumi('.', { PATH: directory }, () => '/no/package/run.js')
  expect(found).toEqual({ command: join(directory, 'pulumi'), args: [], version: '3.250.0' })
})

test('the npm package of the project is started by this Node where the path has none', async () => {
  const project = tempDirectory()
  const directory = join(project, 'node_modules/pulumi')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{"name":"pulumi","version":"3.265.0"}')
  writeFileSync(join(directory, 'run.js'), 'console.log("v3.265.0")')
  const found = await findPulumi(project, { PATH: '/nowhere' })
  expect(found).toEqual({ command: process.execPath, args: [join(directory, 'run.js')], version: '3.265.0' })
})

test.each([['v3.100.0'], ['v2.25.9'], ['nonsense']])(
  'one that says %s is refused, with how to get a newer one',
  async (version) => {
    await expect(findPulumi('.', { PATH: pulumi(version) })).rejects.toThrow(
      /older than 3\.181\.0: npm install -g pulumi/,
    )
  },
)
