/** Stands in for `tabpack/license-token` where a bundler builds for browsers. */

throw new Error(
  'tabpack/license-token signs with the site key and the access key, so it runs on your server (Node) only: in a browser every visitor could read them and license anything. Fetch a finished token from your server instead.',
);

export {};
