import { setTimeout as sleep } from 'node:timers/promises'
import { agentsLosing } from '../../infra/deploy/resource-change.ts'
import { makeStateBucket } from '../../infra/gcp/deploy/state-bucket.ts'
import type { Choice } from '../../infra/images/choose-builder.ts'
import type { Deployment } from '../commands/deploy.ts'
import { imageBuilder } from '../deploy/building-images.ts'
import { checkSecrets, type SecretsCheck } from '../deploy/check-secrets.ts'
import { throughGateway } from '../deploy/deployed-gateway.ts'
import { drainAgents, resumeAgents } from '../deploy/drain.ts'
import type { OpenCloud } from '../deploy/open-cloud.ts'
import { showDeployed } from '../deploy/show-deployed.ts'
import { exitCodes, UserError } from '../errors.ts'
import { adopting, adoptions } from './adoptions.ts'
import { ensureApis } from './enable-apis.ts'
import { freeStaleLocks } from './free-lock.ts'
import { oncePermitted } from './new-rights.ts'
import { openGoogleCloud } from './open-cloud.ts'
import { type Compiled, compare, type OpenSite, openSite } from './open-site.ts'
import { publishProjectImages } from './publish-images.ts'
import { showChange } from './show-change.ts'
import { explained, resourceName, showProgress } from './show-progress.ts'
import { awaitGateway, isOfGateway } from './until-gateway-answers.ts'

/** Brings Google Cloud to what the project says: looks, shows, asks, does. Throws a `UserError`. */
export async function deployToGoogle(deployment: Deployment): Promise<void> {
  const begun = Date.now()
  const { options, plan, ui, ask, interruption } = deployment
  const dryRun = options.dryRun === true
  const site = await interruption.unless(openSite(plan, options.project))
  const { account } = site
  const cloud = await openGoogleCloud(plan, account)
  ui.emit({ kind: 'heading', text: `${plan.project} (${plan.environment}) in ${cloud.where}` })
  const { missing, enabled } = await ensureApis({ plan, account, interruption, ask, ui }, { dryRun })
  // Without the API there is nothing to ask about secrets.
  const secrets = missing.length > 0 ? undefined : await interruption.unless(checkSecrets(plan, cloud.secrets, ui))
  const absent = secrets?.leftOut ?? new Set<string>()
  const compiled = await compare(plan, options.project, site, absent, interruption.signal)
  try {
    // Where the APIs are not enabled, nothing is deployed, and nothing can be asked.
    const asked = missing.length === 0 ? cloud : { ...cloud, deployed: async () => undefined }
    const work: Work = { ...deployment, site, cloud: asked, compiled, begun, apisAreNew: enabled }
    showChange(compiled.change, ui)
    if (dryRun || secrets === undefined) return await showDeployed(work, compiled.change, { deployed: false })
    await deployCompiled(work, secrets)
  } finally {
    await compiled.close()
  }
}

interface Work extends Deployment {
  readonly site: OpenSite
  readonly cloud: OpenCloud
  readonly compiled: Compiled
  /** Epoch milliseconds. */
  readonly begun: number
  /** Whether this deploy has enabled APIs. */
  readonly apisAreNew: boolean
}

async function deployCompiled(work: Work, secrets: SecretsCheck): Promise<void> {
  const { plan, site, compiled, interruption, ask, ui } = work
  const { account, backend, place } = site
  const { change, stack, unfinished } = compiled
  if (!change.any && unfinished.length === 0 && secrets.absent === 0) {
    await secrets.push()
    return await showDeployed(work, change, { deployed: true })
  }
  const builder = await interruption.unless(imageBuilder(plan))
  const bucket = backend.missingBucket
  if (bucket !== undefined) {
    ui.emit({
      kind: 'note',
      text: `the bucket gs://${bucket} comes first: what Pulumi knows of resources is kept in it`,
    })
  }
  ui.emit({ kind: 'text', text: '' })
  const isHarmless = !change.resources.some(({ kind }) => kind === 'remove' || kind === 'replace')
  const text = `Deploy to project ${account.project}, ${account.region}?`
  if (!(await ask.confirm({ text, flag: '--yes', initial: isHarmless }))) {
    throw new UserError('nothing was deployed', exitCodes.failure)
  }
  await freeStaleLocks({ place, url: backend.url, files: backend.files, ask, ui })
  if (bucket !== undefined) {
    interruption.stage(`the bucket gs://${bucket} may be there, nothing else was changed`)
    await interruption.unless(makeStateBucket(bucket, account))
  }
  stack.keepAt(backend.url)
  await secrets.push()
  if (change.any || unfinished.length > 0) await apply({ ...work, builder })
  if (change.resources.some(({ kind, part, agent }) => kind === 'add' && agent === undefined && isOfGateway(part))) {
    interruption.stage('everything was deployed')
    await awaitGateway(work, (seconds) => sleep(seconds * 1000, undefined, { signal: interruption.signal }))
  }
  await showDeployed(work, change, { deployed: true })
}

/** What the images and their builder need, before there can be images. */
const registryTypes = ['gcp:artifactregistry/repository:Repository', 'gcp:storage/bucket:Bucket']
/** What an agent runs on, and acts as. */
const runTypes = ['gcp:cloudrunv2/job:Job', 'gcp:serviceaccount/account:Account']

/** Everything that changes something, in order. Each step may be repeated by the next deploy. */
async function apply(work: Work & { readonly builder: Choice | undefined }): Promise<void> {
  const { options, plan, compiled, site, builder, interruption, ui } = work
  const { change, stack, images, unfinished, removed } = compiled
  const { signal } = interruption
  const cutOff = adoptions(unfinished, site.account)
  if (unfinished.length > 0) {
    ui.emit({ kind: 'note', text: 'what an earlier deploy has begun and not ended is looked at again' })
    await stack.forgetPending()
  }
  if (removed.length > 0) {
    ui.emit({
      kind: 'note',
      text: `removed without al, and made again: ${removed.map(({ urn }) => resourceName(urn)).join(', ')}`,
    })
    const urns = removed.map(({ urn }) => urn)
    await explained(onwards, () => stack.refresh(urns, { signal }))
  }
  const permitted = (step: () => Promise<void>) =>
    oncePermitted(step, {
      areNew: work.apisAreNew || change.resources.some(({ kind, part }) => kind === 'add' && isOfBuilder(part)),
      ui,
      pause: (seconds) => sleep(seconds * 1000, undefined, { signal }),
    })
  const up = async (only?: readonly string[]) => {
    const total = only?.length ?? change.resources.length
    const onEvent = showProgress(ui, total)
    const some = only === undefined ? {} : { only }
    await permitted(() =>
      explained(onwards, () => adopting(cutOff, (adopt) => stack.up({ signal, onEvent, adopt, ...some }))),
    )
    signal.throwIfAborted()
  }
  const publish = async () => {
    if (builder === undefined) return
    await permitted(() => publishProjectImages({ plan, account: site.account, images, builder, ui, signal }))
  }
  // Where the repository stands, a build that fails changes nothing.
  const before = change.resources.filter(({ kind, type, part }) => kind === 'add' && isForImages(type, part))
  if (before.length === 0) {
    interruption.stage('nothing was changed but images')
    await publish()
  } else if (builder !== undefined) {
    interruption.stage(`the repository for images was begun, nothing else. ${onwards}`)
    await up(before.map(({ urn }) => urn))
    interruption.stage('there is a repository for images, and nothing else: `al deploy` goes on from there')
    await publish()
  }
  const losing = agentsLosing(runTypes, change.resources)
  interruption.stage('images are there, nothing else was changed')
  const drained = losing.length === 0 ? undefined : await drain(work, losing, options.now === true)
  try {
    interruption.stage(onwards)
    await up()
  } finally {
    if (drained !== undefined) await resumeAgents(drained.paused, drained.gateway, ui)
  }
}

const onwards = 'what was done stays; `al deploy` goes on from there'

const isForImages = (type: string, part: string): boolean => registryTypes.includes(type) || isOfBuilder(part)

const isOfBuilder = (part: string): boolean => part.startsWith('builder ') || part.startsWith('builder/')

const drain = (work: Work, agents: readonly string[], now: boolean) =>
  throughGateway(work, `runs of ${agents.join(', ')} are not waited for`, async (gateway) => {
    const { interruption, ui } = work
    const pause = (ms: number) => sleep(ms, undefined, { signal: interruption.signal })
    return { gateway, paused: await drainAgents({ agents, gateway, now, ui, pause }) }
  })
