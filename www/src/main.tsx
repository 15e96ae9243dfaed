import { render } from 'preact';
import { App } from './app';
import { message } from './lib/format';
import { say } from './lib/log';
import { refreshOutputs } from './lib/outputs';
import { answerForPreviews } from './lib/previews';
import { removeOldZips } from './lib/save';
import { registerServiceWorker } from './lib/service-worker';
import './style.css';

const root = document.getElementById('app');
if (root) render(<App />, root);

// Registered at once, so that it has taken over the page by the time something is played.
registerServiceWorker().catch((error: unknown) => say('player', message(error), 'warning'));
answerForPreviews();
removeOldZips()
  .then(refreshOutputs)
  .catch((error: unknown) => say('storage', `What is stored can’t be listed: ${message(error)}`, 'warning'));
