import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Plan } from '../../../core/plan/schema.ts'
import { contextTar, ImageBuildError } from '../../images/build-image.ts'
import { PublishError } from '../../images/publish-error.ts'
import type { MissingImage, Publisher, PublishProgress } from '../../images/publisher.ts'
import type { GoogleAccount } from '../account.ts'
import { buildsPrefix } from '../constructs/storage.ts'
import { answered } from '../google-api.ts'
import { lastLines } from './build-log.ts'

export interface CloudBuildOptions {
  readonly plan: Pick<Plan, 'google'>
  readonly account: GoogleAccount
  readonly signal?: AbortSignal
  /** What the agent image is built on, instead of Node's own. */
  readonly baseImage?: string
  /** Milliseconds between two looks at a build. */
  readonly polling?: number
}

/** As much of a build as is read. Source: `Build` of the Cloud Build API v1. */
interface Build {
  readonly id?: string
  readonly status?: string
  readonly statusDetail?: string
  readonly failureInfo?: { readonly detail?: string }
}

const zipped = promisify(gzip)
const running = new Set(['PENDING', 'QUEUED', 'WORKING', 'STATUS_UNKNOWN'])

/**
 * Builds in Cloud Build, as the project's own account for builds. What an image is built from goes into the project's bucket,
 * under a name of this build alone, and is removed when the build has ended, however it has. An abort cancels builds.
 */
export function cloudBuildPublisher(options: CloudBuildOptions): Publisher {
  const { plan, account, signal, baseImage, polling = 2000 } = options
  const { api, project, region } = account
  const { google } = plan
  if (google === undefined) throw new PublishError('the plan is not for Google Cloud')
  const builds = `https://cloudbuild.googleapis.com/v1/projects/${project}/locations/${region}/builds`
  const objects = `https://storage.googleapis.com/storage/v1/b/${google.bucket}/o`
  const cancellable = signal === undefined ? {} : { signal }

  const start = async ({ key, reference }: MissingImage, object: string): Promise<string> => {
    const body = {
      source: { storageSource: { bucket: google.bucket, object } },
      steps: [
        {
          name: 'gcr.io/cloud-builders/docker',
          args: [
            'build',
            ...(baseImage === undefined ? [] : ['--build-arg', `AL_BASE_IMAGE=${baseImage}`]),
            ...['--tag', reference, '.'],
          ],
        },
      ],
      images: [reference],
      serviceAccount: `projects/${project}/serviceAccounts/${google.accounts.builder}@${project}.iam.gserviceaccount.com`,
      // The account has no bucket for logs, and its own log needs none.
      options: { logging: 'CLOUD_LOGGING_ONLY' },
      timeout: '3600s',
      tags: ['action-llama'],
    }
    // Not abortable: a build that was started must be known, to be cancelled.
    const begun = await answered(api('POST', builds, { body }), [])
    const { metadata } = (begun ?? {}) as { readonly metadata?: { readonly build?: Build } }
    if (metadata?.build?.id === undefined) throw new PublishError(`Cloud Build started no build of image "${key}"`)
    return metadata.build.id
  }

  const follow = async (key: string, id: string, report: Report): Promise<void> => {
    try {
      for (let status: string | undefined; ; ) {
        const build: Build = (await answered(api('GET', `${builds}/${id}`, cancellable), [])) ?? {}
        if (build.status !== status) {
          status = build.status
          report({ kind: 'remote', line: (status ?? 'unknown').toLowerCase() })
        }
        if (build.status === 'SUCCESS') return
        if (build.status !== undefined && !running.has(build.status)) {
          const why = [build.status, build.failureInfo?.detail ?? build.statusDetail].filter(Boolean).join(': ')
          throw new ImageBuildError(key, why, await lastLines(id, account))
        }
        await sleep(polling, undefined, cancellable)
      }
    } catch (error) {
      if (!(error instanceof ImageBuildError))
        await api('POST', `${builds}/${id}:cancel`, { body: {}, repeatable: true })
      throw error
    }
  }

  const publish = async (image: MissingImage, report: Report) => {
    const object = `${buildsPrefix}${image.tag}-${randomUUID()}.tar.gz`
    const archive = await zipped(Buffer.concat([...contextTar(image.context)]))
    report({ kind: 'remote', line: `uploading ${Math.ceil(archive.length / 1024)} KiB` })
    const upload = objects.replace('/storage/v1/', '/upload/storage/v1/')
    const name = encodeURIComponent(object)
    await answered(
      api('POST', `${upload}?uploadType=media&name=${name}`, { body: archive, repeatable: true, ...cancellable }),
      [],
    )
    try {
      await follow(image.key, await start(image, object), report)
      signal?.throwIfAborted()
    } finally {
      // What stays is removed by the bucket's own rule a week later.
      await answered(api('DELETE', `${objects}/${name}`)).catch((error: Error) => {
        report({ kind: 'remote', line: `gs://${google.bucket}/${object} could not be removed: ${error.message}` })
      })
    }
  }

  return {
    atOnce: 10,
    sharesLayers: false,
    async publish(image, report) {
      try {
        await publish(image, report)
      } catch (error) {
        // Whatever an abort has broken off.
        signal?.throwIfAborted()
        throw error
      }
    },
  }
}

type Report = (progress: PublishProgress) => void
