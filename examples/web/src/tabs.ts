/**
 * @module
 * Tabs by the pattern of the ARIA Authoring Practices: arrow keys, Home and End move the focus and choose. The address of
 * the page names the open tab, so a link can lead to it, and Back returns to the tab before.
 */

/** @param onOpen called with the id of the panel that is shown */
export function makeTabs(list: HTMLElement, onOpen: (id: string) => void): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role=tab]')];
  const panelOf = (tab: HTMLElement) => tab.getAttribute('aria-controls') ?? '';
  let shown = tabs.find((tab) => tab.getAttribute('aria-selected') === 'true');

  const show = (chosen: HTMLElement) => {
    if (chosen === shown) return;
    shown = chosen;
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(panelOf(tab));
      if (panel) panel.hidden = !isChosen;
    }
    onOpen(panelOf(chosen));
  };
  const choose = (chosen: HTMLElement) => {
    if (chosen !== shown) history.pushState(null, '', `#${panelOf(chosen)}`);
    show(chosen);
  };
  /** Shows the tab that the address names; without a name, the first one. */
  const follow = () => {
    const named = tabs.find((tab) => `#${panelOf(tab)}` === location.hash);
    const next = named ?? (location.hash === '' ? tabs[0] : undefined);
    if (next) show(next);
  };

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', ({ key }) => {
      const steps: Readonly<Record<string, number>> = {
        ArrowRight: index + 1,
        ArrowLeft: index - 1,
        Home: 0,
        End: -1,
      };
      const step = steps[key];
      const next = step === undefined ? undefined : tabs.at(step % tabs.length);
      if (!next) return;
      next.focus();
      choose(next);
    });
  }
  addEventListener('popstate', follow); // Back and Forward, and an address whose end is typed or set
  follow();
}
