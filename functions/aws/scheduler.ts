/**
 * What EventBridge sends: the sweep, once a minute; the tick of an agent's schedule; the end of a task.
 */
type SchedulerEvent =
  | { readonly kind: 'sweep' }
  | { readonly kind: 'tick'; readonly agent: string; readonly at: string }
  | { readonly source: 'aws.ecs' }

/**
 * The control plane that would act on these events is not part of this release. A sweep finds nothing to do, since
 * nothing can have started. Anything else fails, so that the event is kept in the dead-letter queue instead of vanishing.
 */
export async function handler(event: SchedulerEvent): Promise<void> {
  if ('kind' in event && event.kind === 'sweep') return
  const what = 'kind' in event ? `the tick of agent "${event.agent}" at ${event.at}` : 'an event of ECS'
  throw new Error(`${what} is not handled: this release deploys agents but does not start them`)
}
