import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild'
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Plan } from '../../../core/plan/schema.ts'
import { contextBucket, contextPrefix } from '../../../core/plan/targets/aws-builder.ts'
import { contextTar, ImageBuildError } from '../../images/build-image.ts'
import { PublishError } from '../../images/publish-error.ts'
import type { MissingImage, Publisher, PublishProgress } from '../../images/publisher.ts'
import type { Account } from '../account.ts'
import { awsFailure } from '../aws-failure.ts'
import { lastLines } from './build-log.ts'

export interface CloudPublisherOptions {
  readonly plan: Pick<Plan, 'names' | 'builder'>
  readonly account: Account
  readonly signal?: AbortSignal
  readonly clients?: CloudClients
  /** Milliseconds between two looks at a build. */
  readonly polling?: number
}

export interface CloudClients {
  readonly s3: Pick<S3Client, 'send'>
  readonly codeBuild: Pick<CodeBuildClient, 'send'>
  readonly logs: Pick<CloudWatchLogsClient, 'send'>
}

const zipped = promisify(gzip)

/**
 * Builds in the CodeBuild project of the control stack. What an image is built from goes into the bucket of the bootstrap
 * stack, under a key of this build alone, and is removed when the build has ended, however it has. An abort stops builds.
 */
export function cloudPublisher(options: CloudPublisherOptions): Publisher {
  const { plan, account, signal, polling = 3000 } = options
  const { s3, codeBuild, logs } = options.clients ?? clientsOf(account)
  const builder = plan.builder?.name
  if (builder === undefined) throw new PublishError('[cloud] build = "docker" leaves no builder in the cloud')
  let running = 0

  const publish = async ({ key, context, tag, reference }: MissingImage, report: Report) => {
    const id = randomUUID()
    const place = {
      Bucket: contextBucket(account.account, account.region),
      Key: `${contextPrefix(plan.names)}${tag}-${id}.tar.gz`,
    }
    const archive = await zipped(Buffer.concat([...contextTar(context)]))
    report({ kind: 'remote', line: `uploading ${Math.ceil(archive.length / 1024)} KiB` })
    // The bucket's own encryption may use a key that the builder may not.
    await s3.send(new PutObjectCommand({ ...place, Body: archive, ServerSideEncryption: 'AES256' }), abortable(signal))
    try {
      const build = await start(key, `s3://${place.Bucket}/${place.Key}`, reference, id, report)
      running += 1
      try {
        await follow(key, build, report)
      } finally {
        running -= 1
      }
    } finally {
      await s3.send(new DeleteObjectCommand(place)).catch((error: Error) => {
        report({ kind: 'remote', line: `s3://${place.Bucket}/${place.Key} could not be removed: ${error.message}` })
      })
    }
  }

  const start = async (
    key: string,
    context: string,
    reference: string,
    id: string,
    report: Report,
  ): Promise<string> => {
    const command = new StartBuildCommand({
      projectName: builder,
      // The SDK sends a request again whose answer was lost: that must not build twice.
      idempotencyToken: id,
      environmentVariablesOverride: [
        { name: 'AL_CONTEXT', value: context },
        { name: 'AL_IMAGE', value: reference },
      ],
    })
    for (;;) {
      signal?.throwIfAborted()
      // Looked at before: it may end while the refusal is on its way.
      const othersRan = running > 0
      try {
        // Not abortable: a build that was started must be known, to be stopped.
        const { build } = await codeBuild.send(command)
        if (build?.id === undefined) throw new PublishError(`CodeBuild started no build of image "${key}"`)
        return build.id
      } catch (error) {
        if (!(error instanceof Error)) throw error
        if (error.name === 'ResourceNotFoundException') {
          throw new PublishError(`there is no CodeBuild project "${builder}": the control stack is not deployed`)
        }
        if (error.name !== 'AccountLimitExceededException') throw error
        // Ours will end; what others build, or an account that may not build at all, is nothing to wait for.
        if (!othersRan)
          throw new PublishError(
            `${error.message}; ask for a higher quota of CodeBuild, or set build = "docker" in [cloud]`,
          )
        report({ kind: 'remote', line: 'waiting for other builds' })
        await sleep(polling, undefined, { signal })
      }
    }
  }

  const follow = async (key: string, id: string, report: Report): Promise<void> => {
    try {
      for (let phase: string | undefined; ; ) {
        const { builds: [build] = [] } = await codeBuild.send(
          new BatchGetBuildsCommand({ ids: [id] }),
          abortable(signal),
        )
        if (build?.currentPhase !== undefined && build.currentPhase !== phase) {
          phase = build.currentPhase
          report({ kind: 'remote', line: phase.toLowerCase().replaceAll('_', ' ') })
        }
        if (build?.buildStatus === 'SUCCEEDED') return
        if (build !== undefined && build.buildStatus !== 'IN_PROGRESS') {
          throw new ImageBuildError(key, whyOf(build), await lastLines(logs, build.logs))
        }
        await sleep(polling, undefined, { signal })
      }
    } catch (error) {
      if (!(error instanceof ImageBuildError)) await codeBuild.send(new StopBuildCommand({ id }))
      throw error
    }
  }

  return {
    atOnce: 10,
    sharesLayers: false,
    async publish(image, report) {
      try {
        await publish(image, report)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof PublishError || error instanceof ImageBuildError) throw error
        throw awsFailure(error) ?? error
      }
    },
  }
}

type Report = (progress: PublishProgress) => void

const abortable = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })

function clientsOf(account: Account): CloudClients {
  return {
    // The host of an endpoint that is not Amazon's has no name for each bucket.
    s3: new S3Client({ ...account, forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }),
    codeBuild: new CodeBuildClient(account),
    logs: new CloudWatchLogsClient(account),
  }
}

/** `BUILD: COMMAND_EXECUTION_ERROR: Error while executing command: …` */
function whyOf({ buildStatus, phases = [] }: Build): string {
  const failed = phases.find(({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED')
  const contexts = (failed?.contexts ?? []).flatMap(({ message }) => message ?? [])
  return [failed?.phaseType ?? buildStatus, ...contexts].join(': ')
}
