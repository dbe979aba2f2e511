import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'

/**
 * Parts of the agent's library that no session uses (skills, templates) read YAML and ignore lists. These packages only
 * declare things, but do not say so, and esbuild would keep them.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup(build) {
    build.onResolve({ filter: /^(yaml|ignore)$/ }, async ({ path, pluginData, importer, resolveDir, kind }) => {
      if (pluginData === onlyWhatIsUsed) return undefined
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: onlyWhatIsUsed })
      return { ...found, sideEffects: false }
    })
  },
}

/** CommonJS files of the SDKs call `require('tls')`, which an ES module does not have; Node hands its own modules out. */
const requiredFromNode: Plugin = {
  name: 'required-from-node',
  setup(build) {
    const filter = new RegExp(`^(node:)?(${builtinModules.join('|')})$`)
    build.onResolve({ filter }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'required-from-node' } : undefined,
    )
    build.onLoad({ filter: /./, namespace: 'required-from-node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** What the bundle of the agent's entry needs besides esbuild itself. */
export const agentPlugins: readonly Plugin[] = [onlyWhatIsUsed, requiredFromNode]
