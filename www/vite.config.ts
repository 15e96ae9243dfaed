import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses, so that the built pages work at a domain's root and in any folder below it.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The package finds its worker and its wasm by `new URL(…, import.meta.url)`, which pre-bundling would break.
  // Shaka Player is CommonJS and loaded late: named here, or the dev server reloads the page when it finds it.
  optimizeDeps: { exclude: ['tabpack'], include: ['shaka-player/dist/shaka-player.compiled-es2021.js'] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    // Shaka Player is one piece of some 900 kB that only the player page loads.
    chunkSizeWarningLimit: 1100,
  },
});
