// Runs a command with this repository's own tools: `node scripts/ensure.mjs <command> [args]`.
// Installs what package-lock.json says when that has not happened yet, so that `npm test` and `npm run demo` work on a
// fresh clone. Plain JavaScript without dependencies: it must start on whatever Node (20 or newer) the machine has.
// The `node` package then puts the right Node first on the PATH of the command. (A shell's `a && b` would not do:
// shells remember where they found `node` the first time.)
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, rmSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const installed = join(root, 'node_modules', '.package-lock.json')
const windows = process.platform === 'win32'
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }

/** Runs one program to its end and returns its exit code; a signal counts as failure. */
function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: 'inherit', shell: windows })
  if (error) console.error(`cannot run ${command}: ${error.message}`)
  return status ?? 1
}

const current =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
if (!current) {
  // npm would empty what the link leads to.
  if (lstatSync(dirname(bin), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      'node_modules is a link, and what it leads to is of another package-lock.json: install there, or remove the link',
    )
    process.exit(1)
  }
  console.error('installing dependencies (once) …')
  // Only these two need their install scripts. An older npm runs all of them, and compiles native parts that Docker's client
  // does well without for a minute or two; npm 11 takes the same two from `allowScripts` in package.json.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const code =
    run('npm', ['ci', '--ignore-scripts', ...quiet], root) || run('npm', ['rebuild', 'node', 'esbuild'], root)
  if (code !== 0) {
    // What is there would pass for complete the next time.
    rmSync(installed, { force: true })
    process.exit(code)
  }
}

const [command, ...args] = process.argv.slice(2)
process.exit(command === undefined ? 0 : run(command, args, process.cwd()))
