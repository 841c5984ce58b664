/**
 * @module
 * Asks the browser to keep the page, so that it opens without a network. A browser may refuse, as in a private window.
 */

/** Whether the page is kept. The answer comes once all files are there. */
export async function keepForOffline(): Promise<boolean> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register('./offline.js');
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false; // the page works, but not without a network
  }
}
