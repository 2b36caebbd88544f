/** Why the servers cannot be started in one way; another may be tried. Its message is shown. */
export class Obstacle extends Error {
  name = 'Obstacle'
}
