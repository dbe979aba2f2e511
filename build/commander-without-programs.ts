import type { Plugin } from 'esbuild'

/**
 * Commander can start other programs as subcommands, which `al` has none of. What it imports for that is an eighth of the
 * start-up time of `al --help`, so the bundle leaves it out.
 */
export const commanderWithoutPrograms: Plugin = {
  name: 'commander-without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(?:child_process|fs)$/ }, ({ importer, path }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'unused' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'export default {}' }))
  },
}
