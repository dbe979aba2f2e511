/**
 * The CDK's toolkit, in the release this one was tested with. Deploying needs it and the package does not carry it: it is an
 * optional peer in package.json.
 */
export const toolkitPackage = '@aws-cdk/toolkit-lib@1.40.1'
