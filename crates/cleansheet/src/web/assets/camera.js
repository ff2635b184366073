// "Take a picture here": from the camera into the same upload as a chosen file, so that nothing stays in the gallery.
const camera = document.querySelector('[data-camera]')
if (camera) {
  const input = document.getElementById('photo')
  const says = document.querySelector('[data-camera-says]')
  if (!navigator.mediaDevices?.getUserMedia) camera.hidden = true
  let taken = 0

  camera.addEventListener('click', async () => {
    says.textContent = ''
    let stream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 4096 }, height: { ideal: 3072 } } })
    } catch (error) {
      says.textContent = error.name === 'NotAllowedError'
        ? 'Your browser does not let this page use the camera. Allow it in its settings, or choose a picture.'
        : 'No camera was found. Choose a picture instead.'
      return
    }
    const frame = document.createElement('dialog')
    frame.className = 'dialog camera'
    frame.setAttribute('aria-label', 'Take a picture')
    frame.innerHTML = '<video playsinline muted></video><button class="btn btn--main btn--wide" type="button">Take the picture</button><button class="btn btn--wide" type="button">Close the camera</button>'
    document.body.append(frame)
    const [view, take, close] = frame.children
    frame.addEventListener('close', () => { for (const track of stream.getTracks()) track.stop(); frame.remove(); camera.focus() })
    close.addEventListener('click', () => frame.close())
    take.addEventListener('click', async () => {
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: view.videoWidth, height: view.videoHeight })
      canvas.getContext('2d').drawImage(view, 0, 0)
      const jpeg = await new Promise((made) => canvas.toBlob(made, 'image/jpeg', 0.92))
      taken += 1
      const files = new DataTransfer()
      files.items.add(new File([jpeg], `taken-here-${taken}.jpg`, { type: 'image/jpeg' }))
      input.files = files.files
      frame.close()
      input.dispatchEvent(new Event('change', { bubbles: true }))
    })
    frame.showModal()
    view.srcObject = stream
    await view.play()
  })
}
