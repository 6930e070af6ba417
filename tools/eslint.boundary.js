// One half of the lint, which tools/lint.js runs beside the other.
export { boundary as default } from '../.eslintrc.js';
