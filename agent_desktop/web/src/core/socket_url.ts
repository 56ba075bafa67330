/** The websocket's address for a path on this origin. */
export function socketUrl(
  path: string,
  { protocol, host }: Pick<Location, "protocol" | "host"> = globalThis.location,
): string {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${path}`;
}
