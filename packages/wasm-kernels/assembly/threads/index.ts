export { join, run, serve } from './jobs';
