/** What the package is in every host. */

export { describe, type Failure, TabpackError } from '../api/errors';
export type {
  ContentIdPage,
  DeliveryKey,
  KeyField,
  KeyServer,
  KeyService,
  KeyServiceFields,
  KeyServiceInfo,
  ServerKey,
  ServerKeys,
  ServerSystem,
  SharedKeySettings,
} from '../api/key-server';
export { KEY_HOST_LIMITS, KEY_HOST_SETTINGS, KEY_SERVICES, KEY_SETTINGS } from '../api/key-server';
export type { Catalogue, Message, Parameter } from '../api/message';
export { supportReport } from '../api/support-report';
export type * from '../api/types';
export { DRM_SYSTEMS } from '../api/types';
export { INPUT_FORMATS, type InputFormat } from '../generated/formats';
export { type Unfinished, type UnfinishedKey, unfinished } from '../job/journal';
export { createDeliveryKey, importDeliveryKey } from '../keys/delivery';
export { contentIdOf } from '../keys/server';
export { type MemorySink, memory } from '../sinks/storage';
export { filesOf } from '../verify/files';
