/**
 * @module
 * Tabs by the pattern of the ARIA Authoring Practices: arrow keys, Home and End move the focus and choose. The address of
 * the page names the open tab, so a link can lead to it.
 */

/** @param onOpen called with the id of the panel that is shown */
export function makeTabs(list: HTMLElement, onOpen: (id: string) => void): void {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role=tab]')];
  const panelOf = (tab: HTMLElement) => tab.getAttribute('aria-controls') ?? '';

  const choose = (chosen: HTMLElement) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(panelOf(tab));
      if (panel) panel.hidden = !isChosen;
    }
    history.replaceState(null, '', `#${panelOf(chosen)}`);
    onOpen(panelOf(chosen));
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
  const named = tabs.find((tab) => `#${panelOf(tab)}` === location.hash);
  if (named) choose(named);
}
