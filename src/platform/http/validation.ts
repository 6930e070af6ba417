import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type FieldProblem, Problem } from '../problem/problem.js';

/** Refuses unknown fields and wrong types with `validation_failed`, naming each field and never its value. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const fields = errors.flatMap((error) => fieldProblems(error, ''));
      const named = fields.map((it) => it.path).join(', ');
      return new Problem(
        'validation_failed',
        `Correct these fields and send the request again: ${named}.`,
        fields,
      );
    },
  });
}

function fieldProblems(error: ValidationError, parent: string): FieldProblem[] {
  const path = parent ? `${parent}.${error.property}` : error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldProblems(child, path))];
}
