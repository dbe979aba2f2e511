import { type Dirent, statSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import type { Plan } from '../../core/plan/schema.ts'
import { OutputError, replaceOutput } from '../output-directory.ts'
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
  await replaceOutput(outdir, { name: 'a cloud assembly', isPart }, async (draft) => {
    const app = await buildApp(plan, projectDirectory, { outdir: draft, builtinCloudFormationValidation: false })
    for (const { stackName, templateFullPath } of app.synth().stacks) {
      checkSize(stackName, statSync(templateFullPath).size)
    }
  })
}

/** What an assembly consists of. */
const assemblyEntry =
  /^(?:asset\.[0-9a-f]{64}|.+\.(?:template|assets|metadata)\.json|manifest\.json|tree\.json|cdk\.out)$/

const isPart = (entry: Dirent): boolean =>
  assemblyEntry.test(entry.name) && entry.isDirectory() === entry.name.startsWith('asset.')

/** The plan has counted the resources; what it cannot foresee is how long a template gets. */
function checkSize(stack: string, bytes: number): void {
  if (bytes <= largestTemplate) return
  throw new OutputError(
    `stack ${stack} would take ${bytes} bytes, and CloudFormation allows ${largestTemplate}; double [cloud] shards`,
  )
}
