// The key that lets this page ask its server. It lives in memory and in this tab's session, never in a link.

const NAME = "journeyproof-studio";

// From the page's settings or its address, else from before a reload. A server that tells none has refused the address.
export function tokenFrom(config, address, store) {
  const told = config?.token === null ? null : config?.token || new URL(address).searchParams.get("token");
  const token = told || remembered(store);
  if (token) remember(store, token);
  return token ?? "";
}

function remembered(store) {
  try {
    return store.getItem(NAME);
  } catch {
    return null;
  }
}

function remember(store, token) {
  try {
    store.setItem(NAME, token);
  } catch {
    // A browser that keeps nothing still works until it is reloaded.
  }
}

// The address without the key.
export function cleaned(address) {
  const url = new URL(address);
  url.searchParams.delete("token");
  return `${url.pathname}${url.search}${url.hash}`;
}
