import { placesOf } from './places.ts'

/**
 * What runs in an agent's container: one run and its exit code, or on Lambda one run after the other. Each way loads only
 * what it needs.
 */
const { env } = process
const places = placesOf(env, import.meta.dirname)
if (env.AWS_LAMBDA_RUNTIME_API) {
  const { serveLambda } = await import('./lambda.ts')
  await serveLambda({ api: env.AWS_LAMBDA_RUNTIME_API, env, places })
} else {
  const { runProcess } = await import('./run-process.ts')
  process.exit(await runProcess({ env, places }))
}
