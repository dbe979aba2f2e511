import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, scratchDirectory } from './synth-project.ts'

/**
 * Builds what the package would carry from the sources as they are now, in a directory of its own: `dist/` may be older
 * than they are, and others may be building it. Answers the path of the CLI.
 */
export function buildPackage(): string {
  const directory = scratchDirectory()
  const sources = ['build', 'cli', 'core', 'docker', 'functions', 'infra', 'web', 'templates', 'agent-docs']
  for (const path of [...sources, 'package.json', 'tsconfig.json']) {
    cpSync(join(root, path), join(directory, path), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  const { status, stderr } = spawnSync(process.execPath, [join(directory, 'build', 'build.ts')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the build failed: ${stderr}`)
  return join(directory, 'dist', 'cli', 'main.js')
}

/** What the package is made of besides what is built. */
const asTheyAre = ['schema', 'examples', 'README.md', 'LICENSE']

/** The same, as the file that a registry would hand out. Answers its path. */
export function packPackage(): string {
  const directory = dirname(dirname(dirname(buildPackage())))
  for (const path of asTheyAre) cpSync(join(root, path), join(directory, path), { recursive: true })
  const npm = ['pack', '--ignore-scripts', '--json', '--silent']
  const { status, stdout, stderr } = spawnSync('npm', npm, { cwd: directory, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`)
  const [, file] = /"filename":\s*"([^"]+)"/.exec(stdout) ?? []
  if (file === undefined) throw new Error(`npm pack says ${stdout}`)
  return join(directory, file)
}
