import { expect, test } from 'vitest'
import { toolkitPackage } from '../infra/aws/deploy/toolkit-package.ts'
import pkg from '../package.json' with { type: 'json' }

test('the release of the CDK’s toolkit that is asked for is the one that was tested, and an allowed peer', () => {
  const version = toolkitPackage.slice('@aws-cdk/toolkit-lib@'.length)
  expect(pkg.devDependencies['@aws-cdk/toolkit-lib']).toBe(version)
  expect(pkg.peerDependencies['@aws-cdk/toolkit-lib']).toBe(`^${version}`)
})
