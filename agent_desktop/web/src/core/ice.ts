/** STUN and TURN servers: from the server's description to what browsers take. */
import type { Schemas } from "./api.ts";

/** As browsers take them: one without credentials must not have empty ones. */
export function iceServersOf(views: readonly Schemas["IceServerView"][]): RTCIceServer[] {
  return views.map(({ urls, username, credential }) =>
    username === "" ? { urls } : { urls, username, credential },
  );
}

/** Whether one of them passes sound on, for phones that nothing else reaches. */
export function hasRelay(servers: readonly RTCIceServer[]): boolean {
  return servers.some(({ urls }) =>
    (Array.isArray(urls) ? urls : [urls]).some((url) => url.startsWith("turn")),
  );
}
