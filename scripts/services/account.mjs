/** Who tests are to the servers, which only this machine reaches. `tests/services/compose.yml` says the same. */
export const ACCOUNT = { user: 'keepsake', password: 'no-secret-of-anybody' }
