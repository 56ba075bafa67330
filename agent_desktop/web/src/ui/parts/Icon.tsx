/** Line icons on a 24 grid, drawn here so that one style holds everywhere. */

const PATHS = {
  phone:
    "M6.5 3.5h3l1.6 4-2 1.5a12 12 0 0 0 5.9 5.9l1.5-2 4 1.6v3a2 2 0 0 1-2.1 2A16.4 16.4 0 0 1 4.5 5.6a2 2 0 0 1 2-2.1z",
  hangUp:
    "M3.4 14.6c-.8-.8-.8-2 0-2.9a12.4 12.4 0 0 1 17.2 0c.8.9.8 2.1 0 2.9l-1 1-3.8-1.5v-2.4a11 11 0 0 0-7.6 0v2.4l-3.8 1.5z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5v15l12-7.5z",
  mic: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3",
  micOff:
    "M9 9v2.5a3 3 0 0 0 4.6 2.5M15 10V6.5a3 3 0 0 0-5.7-1.3M5.5 11a6.5 6.5 0 0 0 10 5.5M18.5 11a6 6 0 0 1-.6 2.7M12 17.5v3M4 4l16 16",
  keypad: "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01",
  settings: "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h11M19 17h1M17 15v4",
  search: "M11 4.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM16 16l4 4",
  user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  users:
    "M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19.5a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14a6.5 6.5 0 0 1 3.5 5.5",
  clock: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.5V12l3 2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  down: "M7 10l5 5 5-5",
  next: "M9.5 6l6 6-6 6",
  back: "M14.5 6l-6 6 6 6",
  alert: "M12 4L2.8 19.5h18.4zM12 10v4M12 17h.01",
  star: "M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
  box: "M12 3.5l8 4.3v8.4l-8 4.3-8-4.3V7.8zM4 7.8l8 4.4 8-4.4M12 12.2v8.3",
  case: "M4 8h16v11.5H4zM9 8V5.5h6V8M4 13h16",
  chat: "M4.5 5h15v11H11l-4.5 4v-4h-2z",
  globe:
    "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
  signOut: "M14 4.5h5.5v15H14M10 8l-4 4 4 4M6 12h9",
  keyboard: "M3 6.5h18v11H3zM7 10h.01M11 10h.01M15 10h.01M17 14h.01M7 14h7",
  screen: "M3.5 5h17v11h-17zM9 20h6M12 16v4",
  headset:
    "M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 13.5h3v5h-2a1 1 0 0 1-1-1zM19.5 13.5h-3v5h2a1 1 0 0 0 1-1zM16.5 18.5c0 1.5-1.5 2-3.5 2",
  info: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 11v5M12 8h.01",
  plus: "M12 5v14M5 12h14",
  bulb: "M9 17h6M10 20h4M12 3.5a6 6 0 0 1 3.5 10.9V17h-7v-2.6A6 6 0 0 1 12 3.5z",
  compass: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM15.5 8.5l-2 5-5 2 2-5z",
  shield:
    "M12 3.5l7.5 3v5c0 4.5-3 7.7-7.5 9-4.500-1.300-7.500-4.500-7.500-9v-5zM8.8 12l2.300 2.300 4.200-4.600",
  history: "M4 12a8 8 0 1 0 2.500-5.800M4 4.500V8h3.500M12 8v4l3 2",
  speaker:
    "M4.500 9.500h3.500l4.500-4v13l-4.500-4h-3.500zM16 9a4.500 4.500 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  undo: "M8.500 5L4.500 9l4 4M4.500 9H15a5 5 0 0 1 0 10h-4",
  pencil: "M4 20l1-4.500L16.500 4 20 7.500 8.500 19zM14 6.500l3.500 3.500",
  copy: "M8.500 8.500h11v11h-11zM15.500 8.500v-4h-11v11h4",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  mail: "M3.500 6h17v12.500h-17zM3.500 7l8.500 6.500L20.500 7",
  pin: "M12 21s7-6.200 7-11.500a7 7 0 0 0-14 0C5 14.800 12 21 12 21zM12 7.500a2.300 2.300 0 1 1 0 4.600 2.300 2.300 0 0 1 0-4.600z",
  wifiOff:
    "M4 4l16 16M8.500 15.500a5 5 0 0 1 5.500-1M5 12a10 10 0 0 1 5-2.700M14.500 9.400A10 10 0 0 1 19 12M12 19h.01",
} as const;

export type IconName = keyof typeof PATHS;

const BOLD: ReadonlySet<IconName> = new Set(["keypad", "more"]);
const MIRRORED: ReadonlySet<IconName> = new Set(["next", "back", "signOut", "undo", "history"]);

interface IconProps {
  readonly name: IconName;
  readonly size?: number;
  readonly className?: string | undefined;
}

/** One icon, in the colour of the text around it. */
export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg
      className={className}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={BOLD.has(name) ? 2.8 : 1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      data-mirror={MIRRORED.has(name) ? "" : undefined}
      style={{ flex: "none" }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
