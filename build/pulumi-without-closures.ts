import type { Plugin } from 'esbuild'

/**
 * Pulumi can carry functions of a program into the cloud, as text. For that it reads the user's TypeScript and walks
 * `node_modules` with npm's own library: two thirds of its size, none of which we use.
 */
export const pulumiWithoutClosures: Plugin = {
  name: 'pulumi-without-closures',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/(?:runtime\/)?closure\// }, ({ importer, path }) =>
      /[\\/]@pulumi[\\/]pulumi[\\/]/.test(importer) ? { path, namespace: 'no-closures' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'no-closures' }, () => ({ contents: 'module.exports = {}' }))
  },
}
