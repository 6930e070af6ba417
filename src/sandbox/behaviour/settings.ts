import type { Changes } from '../state/changes.js';
import type { Settings } from '../state/resources.js';

const DEFAULTS: Settings = {
  id: 'settings',
  object: 'sandbox.settings',
  searchLagSeconds: 0,
  microdepositType: 'descriptor_code',
};

export function settingsOf(changes: Changes): Settings {
  return changes.find('sandbox.settings', DEFAULTS.id) ?? DEFAULTS;
}
