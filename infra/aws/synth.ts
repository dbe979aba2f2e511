import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { resourcesPerStack } from '../../core/plan/targets/aws-sizes.ts'
import { buildApp } from './build-app.ts'

/** The largest template CloudFormation accepts, in bytes. */
const largestTemplate = 1_000_000

/**
 * Writes the cloud assembly of a plan: templates, assets and their manifest, ready for `cdk deploy` and for reading. The
 * directory is replaced as a whole once everything in it is right; one that holds something else is left alone.
 */
export async function synthesize(plan: Plan, projectDirectory: string, outdir: string): Promise<void> {
  const target = resolve(outdir)
  checkReplaceable(target)
  mkdirSync(dirname(target), { recursive: true })
  const draft = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
  try {
    const app = await buildApp(plan, projectDirectory, { outdir: draft, builtinCloudFormationValidation: false })
    for (const { stackName, template, templateFullPath } of app.synth().stacks) {
      checkSize(stackName, Object.keys(template.Resources ?? {}).length, statSync(templateFullPath).size)
    }
    rmSync(target, { recursive: true, force: true })
    renameSync(draft, target)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function checkReplaceable(target: string): void {
  if (!existsSync(target)) return
  if (!statSync(target).isDirectory()) throw new OutputError(`${target} is no directory`)
  const names = readdirSync(target)
  if (names.length > 0 && !names.includes('cdk.out')) {
    throw new OutputError(
      `${target} holds something that is no cloud assembly; name an empty or a new directory with -o`,
    )
  }
}

/** The plan counts resources beforehand; what it cannot foresee is how long a template gets. */
function checkSize(stack: string, resources: number, bytes: number): void {
  if (resources <= resourcesPerStack && bytes <= largestTemplate) return
  throw new OutputError(
    `stack ${stack} would have ${resources} resources in ${bytes} bytes, and CloudFormation allows ${resourcesPerStack} in ${largestTemplate}; double [cloud] shards`,
  )
}

/** The assembly cannot be written where it should be, or would not be accepted. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
}
