import { placesOf } from './places.ts'

/**
 * What runs in an agent's container: one run and its exit code, or on Lambda one run after the other. Each way loads only
 * what it needs. `entry.mjs compile` is for the build of the image.
 */
const { argv, env } = process
const app = import.meta.dirname
// V8's compiled code of the modules, beside them: a quarter less time until the first request to the model. An image brings
// it along; where the directory can be written, Node fills it when the first run ends. Where it does not fit (another Node,
// processor or user, as on Lambda), all works as without it.
process.getBuiltinModule('node:module').enableCompileCache({ directory: `${app}/compiled`, portable: true })
const places = placesOf(env, app)
if (argv[2] === 'compile') {
  const { compileAll } = await import('./compile-all.ts')
  await compileAll(app)
} else if (env.AWS_LAMBDA_RUNTIME_API) {
  const { serveLambda } = await import('./lambda.ts')
  await serveLambda({ api: env.AWS_LAMBDA_RUNTIME_API, env, places })
} else {
  const { runProcess } = await import('./run-process.ts')
  process.exit(await runProcess({ env, places }))
}
