import { iamPolicies } from '../policies.ts'
import { notFound, serviceOf } from '../service.ts'

/** Images by reference: `europe-west1-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG`. */
export function artifactRegistry() {
  const images = new Set<string>()
  const policies = iamPolicies()
  const root = '/v1/projects/{project}/locations/{location}/repositories/{repository}'
  return {
    images,
    /** By the id of a repository. */
    policies,
    service: serviceOf('artifactregistry.googleapis.com', {
      [`GET ${root}:getIamPolicy`]: ({ repository = '' }) => policies.answerGet(repository),
      [`POST ${root}:setIamPolicy`]: ({ repository = '' }, { json }) => policies.answerSet(repository, json),
      'GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{name}/tags/{tag}': (
        { project = '', location = '', repository = '', name = '', tag = '' },
        { path },
      ) =>
        images.has(`${location}-docker.pkg.dev/${project}/${repository}/${name}:${tag}`)
          ? { body: { name: path.slice('/v1/'.length), version: `${path.slice('/v1/'.length)}/versions/sha256:0` } }
          : notFound('Requested entity'),
    }),
  }
}
