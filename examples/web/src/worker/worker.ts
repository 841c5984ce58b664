/**
 * @module
 * Where both workers begin. The name of the worker says which one it is; both share the chunks of TensorFlow.js. Messages
 * that arrive before the worker listens are kept and dispatched again.
 */

const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => {
  early.push(event);
};
addEventListener('message', keep);
await (self.name === 'trainer' ? import('./trainer.js') : import('./engine.js'));
removeEventListener('message', keep);
for (const { data, origin } of early) dispatchEvent(new MessageEvent('message', { data, origin }));

export {};
