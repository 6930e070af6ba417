// What a team writes by hand, as most tutorials do it: NestJS with Express, TypeORM's repository.save, the gateway's SDK,
// and one transaction around all. It works on a good day; it is here to be compared with, not to be copied.
import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PaymentMethod, Payment, WebhookEvent } from './entities.js';
import { HealthController, PaymentsController, WebhooksController } from './controllers.js';
import { PaymentsService } from './payments.service.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'],
      poolSize: 10,
      entities: [PaymentMethod, Payment, WebhookEvent],
      synchronize: true,
    }),
    TypeOrmModule.forFeature([PaymentMethod, Payment, WebhookEvent]),
  ],
  controllers: [HealthController, PaymentsController, WebhooksController],
  providers: [PaymentsService, WebhooksService],
})
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true, logger: ['error'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
app.getHttpServer().keepAliveTimeout = 600_000;
