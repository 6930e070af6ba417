import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

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
  return document;
}

/** The compiler lists the members of a union in the order in which it met them, which changes with any import. */
function sortChoices(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if ('enum' in part && Array.isArray(part.enum)) part.enum.sort();
  for (const inner of Object.values(part)) sortChoices(inner);
}
