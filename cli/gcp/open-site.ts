import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../../core/plan/schema.ts'
import { type GoogleAccount, openGoogleAccount, placeOf } from '../../infra/gcp/account.ts'
import { type Change, changeOf, withRemoved } from '../../infra/gcp/deploy/change.ts'
import { findPulumi, type PulumiCli } from '../../infra/gcp/deploy/find-pulumi.ts'
import { hasDatabase } from '../../infra/gcp/deploy/kept-database.ts'
import { removedByHand } from '../../infra/gcp/deploy/removed-by-hand.ts'
import { openStack, type Stack, type StateResource } from '../../infra/gcp/deploy/stack.ts'
import { hasStateBucket } from '../../infra/gcp/deploy/state-bucket.ts'
import { type StateFiles, stateFiles } from '../../infra/gcp/deploy/state-files.ts'
import { functionCode } from '../../infra/gcp/function-code.ts'
import { type ImageToPush, imagesOf } from '../../infra/gcp/images.ts'
import { type StackPlace, stackPlace } from '../../infra/gcp/stack-place.ts'
import { stageAsset } from '../../infra/staged-asset.ts'
import { noteLock } from './note-lock.ts'

/** What deploying, comparing and removing have in common: who asks whom about which stack. */
export interface OpenSite {
  readonly account: GoogleAccount
  readonly place: StackPlace
  readonly cli: PulumiCli
  /** Where state is kept, and what of it is there. */
  readonly backend: Backend
}

export interface Backend {
  readonly url: string
  /** The bucket that a deploy makes first; absent if it is there, or is none of ours. */
  readonly missingBucket?: string
  /** Whether the stack may be there. Pulumi is not asked about one that is not: looking makes a file. */
  readonly hasStack: boolean
  readonly files: StateFiles
}

/** Looks for Pulumi and opens the project. Throws a `DeployFailure` or a `GoogleFailure`. */
export async function openSite(plan: Plan, directory: string): Promise<OpenSite> {
  const cli = await findPulumi(directory, process.env)
  const account = await openGoogleAccount(placeOf(plan))
  const place = stackPlace(plan)
  return { account, place, cli, backend: await openBackend(place, account) }
}

/** AL_PULUMI_BACKEND keeps state elsewhere: any URL that `pulumi login` takes. */
async function openBackend(place: StackPlace, account: GoogleAccount): Promise<Backend> {
  const given = process.env.AL_PULUMI_BACKEND
  const url = given || `gs://${place.bucket}`
  const missing = given || (await hasStateBucket(place.bucket, account)) ? {} : { missingBucket: place.bucket }
  const files = stateFiles(url, account)
  const hasStack = !('missingBucket' in missing) && (await files.hasStack(place))
  return { url, ...missing, hasStack, files }
}

/** A project compiled for one stack, with what it is made of on disk until `close`. */
export interface Compiled {
  readonly stack: Stack
  readonly images: readonly ImageToPush[]
  readonly change: Change
  /** What an earlier deploy has begun and not ended. */
  readonly unfinished: readonly StateResource[]
  /** What was deployed and is not there any more; part of the change. */
  readonly removed: readonly StateResource[]
  close(): Promise<void>
}

/** Compiles a project, and compares it with what its stack stands for. Only reads. `absentSecrets` are those that nobody has. */
export async function compare(
  plan: Plan,
  directory: string,
  site: OpenSite,
  absentSecrets: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Compiled> {
  const { account, place, cli, backend } = site
  const staging = mkdtempSync(join(tmpdir(), 'al-function-'))
  let stack: Stack | undefined
  const close = async () => {
    rmSync(staging, { recursive: true, force: true })
    await stack?.close()
  }
  try {
    const [code, images, { gcpProgram }] = await Promise.all([
      functionCode(plan).then((tree) => stageAsset(staging, tree, symlinkSync)),
      imagesOf(plan, directory),
      import('../../infra/gcp/program.ts'),
    ])
    const inputs = {
      projectNumber: account.number,
      images: new Map(images.map(({ key, reference }) => [key, reference])),
      code: { ...code, directory: join(staging, code.directory) },
      keptDatabase: false,
      absentSecrets,
    }
    stack = await openStack({
      cli,
      place,
      ...(backend.hasStack && { backend: backend.url }),
      environment: process.env,
      variables: { GOOGLE_PROJECT: account.project, GOOGLE_REGION: account.region },
      program: async () => ({ ...(await gcpProgram(plan, inputs)()) }),
      onHeld: noteLock(backend.files, place),
    })
    // A stack that knows its database must not take it over again.
    const { resources, pending } = await stack.state()
    const known = resources.some(({ type }) => type === 'gcp:firestore/database:Database')
    inputs.keptDatabase = !known && (await hasDatabase(plan, account))
    const removed = await removedByHand(resources, account)
    signal?.throwIfAborted()
    const events = await stack.preview(signal === undefined ? {} : { signal })
    const change = withRemoved(changeOf(events, plan), removed)
    return { stack, images, change, removed, unfinished: pending.map(({ resource }) => resource), close }
  } catch (error) {
    await close()
    throw error
  }
}
