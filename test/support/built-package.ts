import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root, scratchDirectory } from './synth-project.ts'

/**
 * Builds what the package would carry from the sources as they are now, in a directory of its own: `dist/` may be older
 * than they are, and others may be building it. Answers the path of the CLI.
 */
export function buildPackage(): string {
  const directory = scratchDirectory()
  for (const path of ['build', 'cli', 'core', 'docker', 'functions', 'infra', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, path), join(directory, path), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  const { status, stderr } = spawnSync(process.execPath, [join(directory, 'build', 'build.ts')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed: ${stderr}`)
  return join(directory, 'dist', 'cli', 'main.js')
}
