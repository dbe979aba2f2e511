/** The npm package that brings Pulumi's CLI, where nobody has installed one: new enough for what is asked of it. */
export const pulumiPackage = 'pulumi@3.265.0'
