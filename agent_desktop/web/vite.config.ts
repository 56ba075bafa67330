import { defineConfig } from "vitest/config";

// The desktop server the dev server forwards to; the fake one and the real one look the same.
const server = process.env.PARLEY_SERVER ?? "http://127.0.0.1:8090";

export default defineConfig({
  esbuild: { jsx: "automatic" },
  server: {
    proxy: {
      "/api": { target: server },
      "/ws": { target: server, ws: true },
      "/sip": { target: server, ws: true },
    },
  },
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      onwarn: (warning, warn) => {
        // Ant Design marks its client modules for server rendering, which we do not do.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
      output: {
        manualChunks: (id) =>
          /node_modules\/(react|react-dom|scheduler|@tanstack)\//.test(id) ? "react" : undefined,
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    testTimeout: 15_000,
    restoreMocks: true,
  },
});
