import type { Project } from './project.ts'

/** Who asks, by a secret key: a backend. */
export interface SecretPrincipal {
  readonly kind: 'secret'
  readonly project: Project
}

/** Who asks, by a public key: a page. */
export interface PublicPrincipal {
  readonly kind: 'public'
  readonly project: Project
}

/** Who asks; always of one project. A verb's second argument says by its type who may. */
export type Principal = SecretPrincipal | PublicPrincipal
