import { notFound, serviceOf } from '../service.ts'

interface FakeBuild {
  readonly id: string
  readonly request: Readonly<Record<string, unknown>>
  status: string
}

/** Builds in the order they were started. `outcome` decides what becomes of one; what succeeds is pushed. */
export function cloudBuild(push: (reference: string) => void) {
  const builds: FakeBuild[] = []
  const state = { outcome: 'SUCCESS' }
  const shown = ({ id, request, status }: FakeBuild) => ({
    ...request,
    id,
    status,
    ...(status === 'FAILURE' && {
      failureInfo: { type: 'USER_BUILD_STEP', detail: 'Build step failure: exit status 1' },
    }),
  })
  const parent = '/v1/projects/{project}/locations/{location}/builds'
  return {
    builds,
    state,
    service: serviceOf('cloudbuild.googleapis.com', {
      [`POST ${parent}`]: ({ project, location }, { json }) => {
        const build = { id: `build-${builds.length + 1}`, request: json as FakeBuild['request'], status: 'QUEUED' }
        builds.push(build)
        return {
          body: {
            name: `projects/${project}/locations/${location}/operations/${build.id}`,
            metadata: {
              '@type': 'type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata',
              build: shown(build),
            },
          },
        }
      },
      [`GET ${parent}/{id}`]: ({ id }) => {
        const build = builds.find((one) => one.id === id)
        if (build === undefined) return notFound('Requested entity')
        if (build.status === 'WORKING' && state.outcome !== 'WORKING') build.status = state.outcome
        if (build.status === 'QUEUED') build.status = 'WORKING'
        if (build.status === 'SUCCESS') for (const one of (build.request.images ?? []) as string[]) push(one)
        return { body: shown(build) }
      },
      [`POST ${parent}/{id}:cancel`]: ({ id }) => {
        const build = builds.find((one) => one.id === id)
        if (build === undefined) return notFound('Requested entity')
        build.status = 'CANCELLED'
        return { body: shown(build) }
      },
    }),
  }
}
