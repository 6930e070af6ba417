import { auditScreen } from './audit-entries.js';
import { startStaffPage } from './staff-page.js';

startStaffPage({
  role: 'an auditor',
  place: '#/audit',
  people: [{ subject: 'olga', role: 'auditor', name: 'Olga, auditor' }],
  content: auditScreen,
});
