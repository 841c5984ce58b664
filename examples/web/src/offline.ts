/**
 * @module
 * Has the browser keep the page for times without a network, where it can.
 */

/** Whether the page is kept. The answer comes once all files are there. */
export async function keepForOffline(): Promise<boolean> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register('./offline.js');
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false; // in a private window, for example; the page works, but not without a network
  }
}
