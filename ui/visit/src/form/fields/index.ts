import type { Node } from '@hudang/shared/bridge'
import type { Component } from 'vue'
import BarcodeField from './BarcodeField.vue'
import ChoiceField from './ChoiceField.vue'
import DateField from './DateField.vue'
import GeopointField from './GeopointField.vue'
import PhotoField from './PhotoField.vue'
import RangeField from './RangeField.vue'
import RecordingField from './RecordingField.vue'
import SignatureField from './SignatureField.vue'
import TextField from './TextField.vue'
import TriggerField from './TriggerField.vue'

/** A field, and whether it is made of several controls, so that its name is a heading and no label. */
export interface Field {
  component: Component
  isGroup: boolean
}

/** The field for a question; nothing where this app has none. */
export function fieldOf(node: Node): Field | null {
  switch (node.kind) {
    case 'select_one':
    case 'select_many':
    case 'rank':
      return { component: ChoiceField, isGroup: true }
    case 'trigger':
      return { component: TriggerField, isGroup: true }
    case 'range':
      return { component: RangeField, isGroup: false }
    case 'upload':
      return ofUpload(node)
    case 'input':
      return ofInput(node)
    default:
      return null
  }
}

function ofInput(node: Node): Field | null {
  switch (node.input) {
    case 'barcode':
      return { component: BarcodeField, isGroup: false }
    case 'date':
      return { component: DateField, isGroup: false }
    case 'geopoint':
      return { component: GeopointField, isGroup: true }
    case 'file':
      return ofUpload(node)
    case 'geotrace':
    case 'geoshape':
      return null
    default:
      return { component: TextField, isGroup: false }
  }
}

function ofUpload(node: Node): Field | null {
  const type = node.attributes['mediatype'] ?? 'image/*'
  if (type.startsWith('audio')) return { component: RecordingField, isGroup: true }
  if (!type.startsWith('image')) return null
  return { component: /\bsignature\b/.test(node.appearance) ? SignatureField : PhotoField, isGroup: true }
}
