/** One thing that running or deploying the project takes. */
export interface Check {
  readonly what: string
  /**
   * `optional`: it is not there, and does not have to be. `warning`: it works, and not as one would think. `missing`: the
   * project does not run, or is not deployed, as it is.
   */
  readonly state: 'ok' | 'optional' | 'warning' | 'missing'
  readonly kind: 'node' | 'docker' | 'port' | 'disk' | 'model' | 'credential' | 'webhook' | 'deploy'
  /** What was found, where, for whom. Never a value of a credential. */
  readonly detail: string
  /** What to do about it: a command, where there is one. */
  readonly todo?: string
  /** The credential that is missing, for repairs. */
  readonly missing?: { readonly type: string; readonly instance: string; readonly field: string }
}
