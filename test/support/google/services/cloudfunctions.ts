import { notFound, serviceOf, type World } from '../service.ts'

/** Functions of one region by their ids; Pulumi's provider makes them. */
export function cloudFunctions({ project, region }: World) {
  const functions = new Map<string, Readonly<Record<string, unknown>>>()
  const parent = `projects/${project}/locations/${region}/functions`
  return {
    functions,
    service: serviceOf('cloudfunctions.googleapis.com', {
      'GET /v2/projects/{project}/locations/{region}/functions/{id}': ({ id = '' }) => {
        const found = functions.get(id)
        return found === undefined
          ? notFound(`Resource '${parent}/${id}'`)
          : { body: { ...found, name: `${parent}/${id}`, environment: 'GEN_2', state: 'ACTIVE' } }
      },
    }),
  }
}
