/**
 * @module
 * The `bapps` command as a stage of another process. It ends with that process, however that ends, so that whoever starts again
 * finds no other writer in the folder.
 */
import { EXIT, runProcess } from 'lpips-node/command-line';
import { main } from './commands/main.js';

process.once('disconnect', () => process.exit(EXIT.failed));
process.channel?.unref(); // a stage that is done does not wait
await runProcess(main);
