export type Automation = typeof import('@pulumi/pulumi/automation/index.js')
export type Pulumi = typeof import('@pulumi/pulumi')

/** Pulumi's library and its Automation API: large, so loaded when something is deployed. */
export async function loadPulumi(): Promise<{ readonly pulumi: Pulumi; readonly automation: Automation }> {
  const [pulumi, automation] = await Promise.all([
    import('@pulumi/pulumi'),
    import('@pulumi/pulumi/automation/index.js'),
  ])
  return { pulumi: unwrapped(pulumi), automation: unwrapped(automation) }
}

/** They are CommonJS: some of their names are only found in what they export by default. */
const unwrapped = <T extends object>(module: T): T => ('default' in module ? (module.default as T) : module)
