/**
 * What runs in an agent's container. The session with the model is not part of this release; the container says so and
 * fails without claiming its run, so that no run is ever taken for a completed one.
 */
const message = 'this image cannot run agents yet: the release that brings the model session is the next one'
process.stderr.write(`${JSON.stringify({ level: 'error', message })}\n`)
process.exitCode = 1
