/** One thing that is not as it should be. No value of a secret or of a variable is ever among these texts. */
export interface Difference {
  readonly what: string
  readonly expected: string
  readonly found: string
}

/** A resource that somebody has changed since it was deployed. */
export interface Drift {
  /** `role al-acme_default_dev` */
  readonly resource: string
  readonly differences: readonly Difference[]
  /** Puts it back as it was deployed; absent where only a person can. Throws the cloud's failure. */
  readonly repair?: () => Promise<void>
  /** What to do where nothing repairs it. */
  readonly advice?: string
}

export const none = '(none)'
