import '@hudang/shared/tokens.css'
import 'vant/es/style/base.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/picker/index.css'
import 'vant/es/progress/index.css'
import '@fontsource/noto-sans-mongolian/mongolian-400.css'
import './frame/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'
import { applyLook } from './me/look'

applyLook()
createApp(App).use(router).mount('#app')
