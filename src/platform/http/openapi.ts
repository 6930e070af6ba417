import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** The OpenAPI document at `/openapi.json`, and a page to read it at `/docs`. Built before modules hide their controllers. */
export function publishOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument(app), { jsonDocumentUrl: 'openapi.json' });
}

function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Tokenkeep')
    .setDescription('Saved payment methods as opaque gateway tokens, and payments with them.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, description);
  sortChoices(document);
  sayHowCallsFail(document);
  return document;
}

/** What any call may answer instead, whatever goes wrong (RFC 9457): problem.ts. */
const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'code', 'status', 'title', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', description: '`urn:tokenkeep:problem:` and the code.' },
    code: {
      type: 'string',
      description: 'Stable, for programs: docs/reference/errors.md says what to do about each.',
    },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string', description: 'What happened and what to do next, for people.' },
    requestId: { type: 'string', description: 'For whoever looks it up in the log.' },
    errors: {
      type: 'array',
      description: 'The fields that are wrong.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    details: { type: 'object', additionalProperties: true, description: "The code's own, for programs." },
  },
};

function sayHowCallsFail({ paths, components }: OpenAPIObject): void {
  (components!.schemas ??= {})['Problem'] = PROBLEM;
  const failed = {
    description: 'It was not done.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const path of Object.values(paths))
    for (const operation of [path.get, path.put, path.post, path.delete])
      if (operation) operation.responses['default'] = failed;
}

/** The compiler lists the members of a union in the order in which it met them, which changes with any import. */
function sortChoices(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if ('enum' in part && Array.isArray(part.enum)) part.enum.sort();
  for (const inner of Object.values(part)) sortChoices(inner);
}
