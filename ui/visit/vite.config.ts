import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  // Addresses hold on the host and inside the window alike.
  base: './',
  build: {
    outDir: 'dist',
    // Nothing may come as a `data:` address: the content security policy does not allow it.
    assetsInlineLimit: 0,
    // WebView of Android 8 with updates, and WebKitGTK.
    target: ['chrome87', 'safari14'],
    // The first would be an inline script on old browsers.
    modulePreload: { polyfill: false },
  },
})
