import type { Plugin } from 'esbuild'

/** Ink can connect to the developer tools of React, a package that is not installed: the bundle leaves that out. */
export const inkWithoutDevtools: Plugin = {
  name: 'ink-without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/devtools\.js$/ }, ({ importer, path }) =>
      /[\\/]ink[\\/]build[\\/]/.test(importer) ? { path, namespace: 'no-devtools' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'no-devtools' }, () => ({ contents: '' }))
  },
}
