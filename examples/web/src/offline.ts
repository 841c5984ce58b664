/**
 * @module
 * Keeps the page for times without a network, where the browser lets it.
 */

/** Whether the page is kept: it takes until all files are there. */
export async function keepForOffline(): Promise<boolean> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register('./offline.js');
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false; // a private window, or a host that serves no scripts: the page works, only not without network
  }
}
