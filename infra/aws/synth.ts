import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Plan } from '../../core/plan/schema.ts'
import { buildApp } from './build-app.ts'

/** The largest template CloudFormation accepts, in bytes. */
const largestTemplate = 1_000_000

/**
 * Writes the cloud assembly of a plan: templates, assets and their manifest, ready for `cdk deploy` and for reading. The
 * directory is replaced as a whole once everything in it is right; one that holds something else is left alone.
 */
export async function synthesize(plan: Plan, projectDirectory: string, outdir: string): Promise<void> {
  // V8 doubles its space for young objects while a large app is built and then keeps long-dead ones for longer: not
  // growing it any further saves a third of the peak memory at a thousand agents.
  setFlagsFromString('--semi-space-growth-factor=1')
  const target = resolve(outdir)
  checkReplaceable(target)
  mkdirSync(dirname(target), { recursive: true })
  const draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
  try {
    const app = await buildApp(plan, projectDirectory, { outdir: draft, builtinCloudFormationValidation: false })
    for (const { stackName, templateFullPath } of app.synth().stacks) {
      checkSize(stackName, statSync(templateFullPath).size)
    }
    chmodSync(draft, 0o755)
    rmSync(target, { recursive: true, force: true })
    renameSync(draft, target)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** What an assembly consists of. A directory with anything else in it may be somebody's work. */
const assemblyEntry =
  /^(?:asset\.[0-9a-f]{64}|.+\.(?:template|assets|metadata)\.json|manifest\.json|tree\.json|cdk\.out)$/

function checkReplaceable(target: string): void {
  if (!existsSync(target)) return
  if (!statSync(target).isDirectory()) throw new OutputError(`${target} is no directory`)
  const foreign = readdirSync(target, { withFileTypes: true }).find(
    (entry) => !assemblyEntry.test(entry.name) || entry.isDirectory() !== entry.name.startsWith('asset.'),
  )
  if (foreign !== undefined) {
    throw new OutputError(
      `${target} holds "${foreign.name}", which is no part of a cloud assembly; name an empty or a new directory with -o`,
    )
  }
}

/** The plan has counted the resources; what it cannot foresee is how long a template gets. */
function checkSize(stack: string, bytes: number): void {
  if (bytes <= largestTemplate) return
  throw new OutputError(
    `stack ${stack} would take ${bytes} bytes, and CloudFormation allows ${largestTemplate}; double [cloud] shards`,
  )
}

/** The assembly cannot be written where it should be, or would not be accepted. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
}
