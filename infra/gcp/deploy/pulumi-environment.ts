/**
 * What Pulumi and its plugin for Google Cloud need of this environment: where programs, the home directory and proxies
 * are, and who is logged in to Google. Everything else stays here, tokens and keys of other services above all.
 */
const needed = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP)$/i,
  /^(?:USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT)$/i,
  /^(?:HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_FILE|SSL_CERT_DIR)$/i,
  /^(?:GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_CLOUD_\w+|GOOGLE_IMPERSONATE_SERVICE_ACCOUNT|CLOUDSDK_\w+|GCE_METADATA_\w+)$/,
]

/** Those of the environment's variables that a backend of another cloud is reached by. */
const ofBackend: Readonly<Record<string, RegExp>> = { s3: /^AWS_/, azblob: /^AZURE_/ }

/** The environment of Pulumi. `home` is Pulumi's own directory, `backend` the URL of where state is kept. */
export function pulumiEnvironment(
  { home, backend }: { readonly home: string; readonly backend: string },
  from: NodeJS.ProcessEnv,
): Record<string, string> {
  const other = ofBackend[backend.slice(0, backend.indexOf(':'))]
  const passed = Object.entries(from).flatMap(([name, value]) =>
    value !== undefined && [...needed, ...(other === undefined ? [] : [other])].some((one) => one.test(name))
      ? [[name, value] as const]
      : [],
  )
  return {
    ...Object.fromEntries(passed),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: backend,
    // Nothing in the state is secret, so nothing is lost when everybody knows what it is encrypted by.
    PULUMI_CONFIG_PASSPHRASE: '',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_AUTOMATION_API: 'true',
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
    NO_COLOR: '1',
  }
}
