// What everybody starts from: a CDK app with one empty stack, default settings.
import { App, Stack } from 'aws-cdk-lib'

const app = new App({ outdir: process.argv[2] })
new Stack(app, 'Empty')
app.synth()
