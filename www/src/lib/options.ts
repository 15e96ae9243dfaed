import type { JobOptions } from './jobs';
import { Store } from './store';

/** What the options panel shows. In memory only: it may hold a key. */
export const options = new Store<JobOptions>({
  targets: ['cmaf'],
  scheme: '',
  key: '',
  segmentDuration: 6,
  encryption: true,
  keepKeys: false,
  thumbnails: false,
});

/** Changes a part of the options. */
export function setOptions(part: Partial<JobOptions>): void {
  options.value = { ...options.value, ...part };
}
