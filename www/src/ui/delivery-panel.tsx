import { delivery, importDelivery, makeDelivery, saveCertificate } from '../lib/delivery';
import { useStore } from '../lib/store';

/** The certificate that a key server encrypts keys for: made here, or brought along. */
export function DeliveryPanel({ disabled }: { disabled: boolean }) {
  const state = useStore(delivery);
  const busy = disabled || state.is === 'working';
  return (
    <div class="field" data-testid="delivery" data-state={state.is}>
      <p class="quiet" aria-live="polite">
        {state.is === 'none' &&
          'A certificate is made when keys are first asked for. Make or import it now if the server has to know it before.'}
        {state.is === 'working' && 'One moment…'}
        {state.is === 'made' &&
          'A certificate was made for this visit. Its private key can’t leave the browser, and is gone after a reload.'}
        {state.is === 'imported' && 'The imported certificate is used. Its private key is gone after a reload.'}
      </p>
      {state.is === 'wrong' && (
        <p class="problem" role="alert" data-testid="delivery-problem">
          {state.problem}
        </p>
      )}
      <div class="actions">
        <button
          type="button"
          class="button button-small"
          data-testid="delivery-make"
          disabled={busy}
          onClick={() => void makeDelivery()}
        >
          Make a certificate
        </button>
        {'key' in state && (
          <button
            type="button"
            class="button button-small"
            data-testid="delivery-save"
            onClick={() => saveCertificate(state.key)}
          >
            Save the certificate
          </button>
        )}
      </div>
      <label>
        <span>Import a certificate and its private key (PEM, PKCS #8): one file or two</span>
        <input
          type="file"
          multiple
          accept=".pem,.crt,.cer,.key"
          data-testid="delivery-file"
          disabled={busy}
          onChange={(event) => {
            const { files } = event.currentTarget;
            if (files && files.length > 0) void importDelivery(files);
          }}
        />
      </label>
    </div>
  );
}
