import { serviceOf, type World } from '../service.ts'

/** Whether the project has an account that pays. */
export function cloudBilling({ project }: World) {
  const state = { enabled: true }
  return {
    state,
    service: serviceOf('cloudbilling.googleapis.com', {
      'GET /v1/projects/{project}/billingInfo': () => ({
        body: {
          name: `projects/${project}/billingInfo`,
          projectId: project,
          billingEnabled: state.enabled,
          ...(state.enabled && { billingAccountName: 'billingAccounts/012345-567890-ABCDEF' }),
        },
      }),
    }),
  }
}
