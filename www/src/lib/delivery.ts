import { createDeliveryKey, type DeliveryKey, importDeliveryKey } from 'tabpack';
import { message } from './format';
import { saveFile } from './save';
import { Store } from './store';

/** The delivery certificate of this visit. */
export type DeliveryState =
  | { readonly is: 'none' }
  | { readonly is: 'working' }
  | { readonly is: 'made' | 'imported'; readonly key: DeliveryKey }
  | { readonly is: 'wrong'; readonly problem: string };

/** What the panel shows. The private half can't leave the browser's key store. */
export const delivery = new Store<DeliveryState>({ is: 'none' });

/** The key pair that jobs use; one is made where there is none. */
export async function deliveryKey(): Promise<DeliveryKey> {
  const state = delivery.value;
  if ('key' in state) return state.key;
  return take('made', createDeliveryKey());
}

/** Makes a new key pair with a certificate. */
export async function makeDelivery(): Promise<void> {
  await take('made', createDeliveryKey()).catch(() => undefined); // the state says what went wrong
}

/** Takes a certificate and its private key from PEM files, one or two. */
export async function importDelivery(files: Iterable<File>): Promise<void> {
  const read = async (): Promise<DeliveryKey> => {
    const text = (await Promise.all(Array.from(files, (file) => file.text()))).join('\n');
    return importDeliveryKey(text, text);
  };
  await take('imported', read()).catch(() => undefined); // likewise
}

/** Hands the certificate over, for the operator of a key server. */
export function saveCertificate({ certificate }: DeliveryKey): void {
  const lines = certificate.match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  saveFile(new Blob([pem], { type: 'application/x-pem-file' }), 'delivery-certificate.pem');
}

async function take(is: 'made' | 'imported', pending: Promise<DeliveryKey>): Promise<DeliveryKey> {
  delivery.value = { is: 'working' };
  try {
    const key = await pending;
    delivery.value = { is, key };
    return key;
  } catch (error) {
    delivery.value = { is: 'wrong', problem: message(error) };
    throw error;
  }
}
