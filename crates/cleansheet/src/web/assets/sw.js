// Woken by the push service, with nothing in the message. It keeps no page and knows no person.
self.addEventListener('push', (event) => event.waitUntil(
  self.registration.showNotification('A post needs you', { body: 'Open Cleansheet to see what it is.', tag: 'post-waits', renotify: true }),
))
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(self.clients.openWindow('/'))
})
