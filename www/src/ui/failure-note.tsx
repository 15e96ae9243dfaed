import type { Failure } from '../lib/jobs';

/** Why something failed, and what the user may do. */
export function FailureNote({ failure }: { failure: Failure }) {
  return (
    <div class="notice notice-error" role="alert" data-testid="job-error">
      <p>
        <strong>{failure.message}</strong>
      </p>
      {failure.advice && <p>{failure.advice}</p>}
      <p class="mono small">
        <span data-testid="job-error-code">{failure.code}</span> · {failure.number}
        {failure.place && ` · ${failure.place}`}
      </p>
    </div>
  );
}
