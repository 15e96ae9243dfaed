import type { Step, Verdict } from './check';

const HEADLINES: Readonly<Record<Verdict, string>> = {
  running: 'Checking…',
  pass: 'Passed: it plays with its key, and only with its key.',
  fail: 'Failed. The step below says where.',
};

const MARKS = { running: '…', pass: '✓', fail: '✗', skipped: '–' } as const;
const STATE_WORDS = { running: 'running', pass: 'passed', fail: 'failed', skipped: 'skipped' } as const;

/** The check's verdict with the figures of each step. */
export function CheckPanel({ verdict, steps }: { verdict: Verdict; steps: readonly Step[] }) {
  const clear = steps.some((step) => step.state === 'skipped');
  return (
    <section
      class={`verdict verdict-${verdict}`}
      data-testid="verdict"
      data-verdict={verdict}
      aria-live="polite"
      aria-busy={verdict === 'running'}
    >
      <h2>{verdict === 'pass' && clear ? 'Passed: it plays and seeks. It isn’t encrypted.' : HEADLINES[verdict]}</h2>
      <ol>
        {steps.map((step) => (
          <li
            key={step.id}
            class={`step step-${step.state}`}
            data-testid={`step-${step.id}`}
            data-state={step.state}
            data-frames={step.frames}
          >
            <h3>
              <span class="step-mark" aria-hidden="true">
                {MARKS[step.state]}
              </span>
              {step.title} <span class="visually-hidden">{STATE_WORDS[step.state]}</span>
            </h3>
            {step.findings.map((finding) => (
              <p key={finding}>{finding}</p>
            ))}
            <dl class="figures">
              {step.figures.map(({ label, value }) => (
                <div key={label} class="figure">
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
    </section>
  );
}
