/**
 * VitePress's default theme without its web font, with colours that have enough contrast, and with a landmark on the first page.
 */
import { useRoute } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { nextTick, onMounted, watch } from 'vue';
import './contrast.css';

export default {
  extends: DefaultTheme,
  setup() {
    const route = useRoute();
    const markMain = () => document.querySelector('.VPHome')?.setAttribute('role', 'main');
    onMounted(markMain);
    watch(
      () => route.path,
      () => nextTick(markMain),
    );
  },
};
