import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytesIn } from '../agent/image.ts'
import { table } from '../table.ts'

/** Bytes that an installed package may take. */
const aim = 60e6

/** What the package weighs: the file that a registry hands out, and what stands on the disk after `npm install`. */
export function reportPackage(root: string, work: string): void {
  mkdirSync(work, { recursive: true })
  const npm = (...args: readonly string[]) => execFileSync('npm', args, { cwd: root, encoding: 'utf8' })
  const packed = npm('pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', work)
  const [, file = ''] = /"filename":\s*"([^"]+)"/.exec(packed) ?? []
  const tarball = join(work, file)
  const place = join(work, 'installed')
  // In a directory of its own: npm would look for a project above it.
  npm('install', '--global', '--no-audit', '--no-fund', '--silent', '--prefix', place, tarball)
  const installed = bytesIn(join(place, 'lib', 'node_modules'))
  table(
    'Package',
    ['what', 'size', 'aim'],
    [
      ['tarball', megabytes(statSync(tarball).size), ''],
      ['installed', megabytes(installed), `≤ ${aim / 1e6} MB`],
    ],
  )
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`
