// One half of the lint, which tools/lint.js runs beside the other.
export { quality as default } from '../.eslintrc.js';
