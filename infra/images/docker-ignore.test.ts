import { join } from 'node:path'
import { IgnoreStrategy } from 'aws-cdk-lib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leavingOut } from './docker-ignore.ts'

const name = fc.constantFrom('a', 'b', 'a.log', '.env', 'node_modules', '*', '**', '*.log', 'a*')
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const pattern = fc.tuple(fc.constantFrom('', '!', '/', '!/', ' ', '# '), path).map((parts) => parts.join(''))

test('what is left out is what the CDK leaves out of an image, whatever the patterns', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), path, (patterns, path) => {
      const ours = leavingOut(patterns)
      const theirs = IgnoreStrategy.docker('/root', [...patterns])
      expect([ours.file(path), ours.directory(path)]).toEqual([
        theirs.ignores(join('/root', path)),
        theirs.completelyIgnores(join('/root', path)),
      ])
    }),
    { numRuns: 500 },
  )
})
