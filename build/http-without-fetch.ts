import type { Plugin } from 'esbuild'

/**
 * `import … from 'node:http'` in an ES module reads every export of it, and some of them (`WebSocket` …) load the whole of
 * `fetch`: 60 to 100 ms at every start, whether anything fetches or not. Asked for as a value, the module loads nothing.
 */
export const httpWithoutFetch: Plugin = {
  name: 'http-without-fetch',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?https?$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'http-without-fetch',
    }))
    build.onLoad({ filter: /.*/, namespace: 'http-without-fetch' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}')`,
      loader: 'js',
    }))
  },
}
