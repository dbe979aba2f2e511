import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * Resolves `aws-cdk-lib` to its core and `aws-cdk-lib/aws-x` to the file with that service's level-1 classes, which is
 * all we use. Through the package's own entries a bundle would carry every level-2 construct as well.
 */
export const cdkLevel1 = (root: string): Plugin => ({
  name: 'cdk-level-1',
  setup({ onResolve }) {
    const library = join(root, 'node_modules', 'aws-cdk-lib')
    onResolve({ filter: /^aws-cdk-lib$/ }, () => ({ path: join(library, 'core', 'index.js') }))
    onResolve({ filter: /^aws-cdk-lib\/aws-[a-z0-9]+$/ }, ({ path }) => {
      const service = path.slice('aws-cdk-lib/aws-'.length)
      return { path: join(library, `aws-${service}`, 'lib', `${service}.generated.js`) }
    })
  },
})
