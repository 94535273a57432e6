// A service worker: it shows notifications for pages whose browser takes none from a page, and
// brings back the page whose notification is pressed.

addEventListener("message", (event) => {
  const { title, options, address } = event.data;
  const data = { page: event.source.id, address };
  event.waitUntil(registration.showNotification(title, { ...options, data }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data));
});

async function show({ page, address }) {
  const client = await clients.get(page);
  if (!client) return clients.openWindow(address);
  client.postMessage({ pressed: address });
  return client.focus();
}
