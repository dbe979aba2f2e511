/** Git never asks: nobody is there to answer, and a program that asks elsewhere would wait for ever. */
export const gitSettings: Readonly<Record<string, string>> = { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '' }

/** Git's own pattern for the host: the scheme, the name and the port have to be these. */
const key = 'credential.https://github.com.helper'

/** Answers with the token that git finds in the environment at that moment; what git asks to store or erase is not kept. */
const helper =
  '!answer() { if test "$1" = get; then printf "username=x-access-token\\npassword=%s\\n" "$GITHUB_TOKEN"; fi; }; answer'

/**
 * Lets git log in to https://github.com with `GITHUB_TOKEN`, and to no other host. The configuration holds no token. The
 * empty value first takes away the helpers an image may have for github.com, one of which could write the token to a file.
 */
export const githubLogin: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: key,
  GIT_CONFIG_VALUE_0: '',
  GIT_CONFIG_KEY_1: key,
  GIT_CONFIG_VALUE_1: helper,
}
