/**
 * @module
 * Where both workers begin: its name says which one this is. They share the chunks of TensorFlow.js. What the page says
 * before the worker listens is kept and said again.
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
