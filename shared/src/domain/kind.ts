/** What an asset is to a page, told by its name. */
export const KINDS = ['image', 'video', 'script', 'style', 'text'] as const
/** One of them; a name tells at most one. */
export type Kind = (typeof KINDS)[number]

/** What an asset's entry says with yes or no: its kinds, and how a script is to be loaded. */
export const FLAGS = [...KINDS, 'async', 'defer'] as const
/** One of them. */
export type Flag = (typeof FLAGS)[number]

const EXTENSIONS: Readonly<Record<Kind, string>> = {
  image: 'png jpg jpeg gif webp avif svg ico bmp tif tiff',
  video: 'mp4 m4v webm ogv mov',
  script: 'js mjs',
  style: 'css',
  text: 'txt html htm json xml csv md',
}

const KIND_BY_EXTENSION = new Map(
  KINDS.flatMap((kind) => EXTENSIONS[kind].split(' ').map((ext) => [ext, kind] as const)),
)

/** The kind of a file by its extension, whatever its case; undefined for all other names, and for a dotfile. */
export function kindOf(name: string): Kind | undefined {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? KIND_BY_EXTENSION.get(name.slice(dot + 1).toLowerCase()) : undefined
}

/** The flags that a name alone sets. */
export function flagsByName(name: string): readonly Flag[] {
  const kind = kindOf(name)
  return kind ? [kind] : []
}
