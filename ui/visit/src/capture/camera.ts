import { onMounted, onUnmounted, ref, type Ref } from 'vue'

/** Whether one of these devices is a camera; true where the browser lists none of any kind, as it may hide them. */
export function hasCamera(kinds: MediaDeviceKind[] | null): boolean {
  return kinds === null || kinds.length === 0 || kinds.includes('videoinput')
}

/** Whether this machine has a camera, also once one is plugged in. */
export function useCamera(): Ref<boolean> {
  const isThere = ref(true)
  // It is absent outside secure contexts.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  async function look(): Promise<void> {
    const found = await devices?.enumerateDevices().catch(() => null)
    isThere.value = hasCamera(found?.map((one) => one.kind) ?? null)
  }
  onMounted(() => {
    void look()
    devices?.addEventListener('devicechange', look)
  })
  onUnmounted(() => devices?.removeEventListener('devicechange', look))
  return isThere
}
